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
# After the loss of a node, the job is queued again and continues from the stored evaluations.
#SBATCH --requeue
# Slurm sends this signal to the script before the time limit, up to a minute earlier than requested.
#SBATCH --signal=B:USR1@@margin_s@
#SBATCH @options@

job=$SLURM_JOB_ID
requeue() { scontrol requeue "$job"; }
watch_time() { :; }
