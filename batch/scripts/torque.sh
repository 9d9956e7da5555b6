#!/bin/bash
# The run "@name@" as a job of Torque, written by netpyne-tuner submit. To submit it again by hand: qsub THIS_FILE
# NOT TRIED: only the syntax of this script was checked, it has not run on a real Torque. Read it before you use it.
#PBS -N @job_name@
#PBS -o @spool@
#PBS -j oe
#PBS -V
#PBS -r y
#PBS -l nodes=@nodes@:ppn=@tasks_per_node@
#PBS -l walltime=@time@
#PBS -q @partition@
#PBS -A @account@
#PBS @options@

job=$PBS_JOBID
# If users may not rerun jobs, the script is submitted again.
requeue() { qrerun "$job" || qsub @script@; }
# Torque sends no signal before the time limit, so a background process does.
watch_time() {
    (trap 'kill $!' EXIT; sleep @warning_after_s@ & wait $! && kill -USR1 $$) > /dev/null 2>&1 &
    watch=$!
}
# Torque's own output file can be read only after the job has ended.
exec >> @quoted_log@ 2>&1
