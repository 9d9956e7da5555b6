#!/bin/bash
# The run "@name@" as a job of Grid Engine, written by netpyne-tuner submit. To submit it again by hand: qsub THIS_FILE
# NOT TRIED: only the syntax of this script was checked, it has not run on a real Grid Engine. Read it before you use it.
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
# Grid Engine sends USR2 before it kills the job, and USR1 before it suspends the job.
#$ -notify
#$ @options@

job=$JOB_ID
# A script that ends with exit status 99 is queued again.
requeue() { exit 99; }
# Not the soft time limit of Grid Engine: its signal would reach the ranks, too.
watch_time() {
    (trap 'kill $!' EXIT; sleep @warning_after_s@ & wait $! && kill -USR1 $$) > /dev/null 2>&1 &
    watch=$!
}
