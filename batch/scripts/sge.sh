#!/bin/bash
# The run "@name@" as a job of Grid Engine, written by netpyne-tuner submit. To submit it again by hand: qsub THIS_FILE
# NOT TRIED: no Grid Engine has run this script yet, only its syntax was checked. Read it before you trust it.
#$ -S /bin/bash
#$ -N @job_name@
#$ -o @log@
#$ -j y
#$ -V
#$ -r y
#$ -pe @parallel_environment@ @tasks@
#$ -l h_rt=@time@
#$ -q @partition@
#$ -P @account@
# USR2 comes before the job is killed, USR1 before it is suspended.
#$ -notify
#$ @options@

job=$JOB_ID
# A script that ends with 99 is queued again.
requeue() { exit 99; }
# The signal of the soft limit would reach the ranks too.
watch_time() {
    (trap 'kill $!' EXIT; sleep @warning_after_s@ & wait $! && kill -USR1 $$) > /dev/null 2>&1 &
    watch=$!
}
