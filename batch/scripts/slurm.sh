#!/bin/bash
# The run "@name@" as a job of Slurm, written by netpyne-tuner submit. To submit it again by hand: sbatch THIS_FILE
#SBATCH --job-name=@job_name@
#SBATCH --output=@log@
#SBATCH --open-mode=append
#SBATCH --nodes=@nodes@
#SBATCH --ntasks-per-node=@tasks_per_node@
#SBATCH --time=@time@
#SBATCH --partition=@partition@
#SBATCH --account=@account@
# A job that has lost a node begins again and goes on from what is stored.
#SBATCH --requeue
# This script is told before the time limit, up to a minute earlier than asked.
#SBATCH --signal=B:USR1@@margin_s@
#SBATCH @options@

job=$SLURM_JOB_ID
requeue() { scontrol requeue "$job"; }
watch_time() { :; }
