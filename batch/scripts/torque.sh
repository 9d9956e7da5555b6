#!/bin/bash
# The run "@name@" as a job of Torque, written by netpyne-tuner submit. To submit it again by hand: qsub THIS_FILE
# NOT TRIED: no Torque has run this script yet, only its syntax was checked. Read it before you trust it.
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
# Where users may not rerun their jobs, the script is submitted once more.
requeue() { qrerun "$job" || qsub @script@; }
# Torque sends no signal before the time limit.
watch_time() {
    (trap 'kill $!' EXIT; sleep @warning_after_s@ & wait $! && kill -USR1 $$) > /dev/null 2>&1 &
    watch=$!
}
# What Torque itself keeps of the output can be read only after the job.
exec >> @quoted_log@ 2>&1
