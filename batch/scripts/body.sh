
# ---- The rest of this script is the same for every scheduler. ----
root=@root@
python=@python@
run=@folder@
# Added at the end of PATH: the mpiexec beside Python is used only if the site has no other one.
export PATH="$PATH:$(dirname "$python")"
export OMP_NUM_THREADS=1
# MPICH names its shared memory after Slurm's job and step. A requeued job has the same numbers, so its ranks would crash
# or hang on memory that killed ranks have left. The ranks send little data, so sockets are fast enough.
export MPIR_CVAR_NOLOCAL=1
@setup@

note() { echo "$(date +%Y-%m-%dT%H:%M:%S%z) $job $*" >> "$run/jobs/log"; }
evaluations() { cat "$run/evaluations.jsonl" 2> /dev/null | wc -l; }

# The time limit is near: stop the run. If the run has not begun, end the process instead.
at_limit() {
    signalled=yes limit=yes
    note "stopping before the time limit"
    "$python" "$root/tuner/run.py" stop "$run" || end_run
}

# The job was cancelled, or the scheduler takes the nodes away.
at_end() {
    signalled=yes told=yes
    note "told to end"
    end_run
}

# A signal may arrive before the run has started.
end_run() { [ ! "$command" ] || kill -TERM "$command"; }

limit= told= again= why= command= watch=
trap at_limit USR1
trap at_end TERM USR2

note "started @script_name@ on $(hostname) by @scheduler@"
before=$(evaluations)
@command@ &
command=$!
[ ! "$limit$told" ] || end_run
watch_time

# A signal interrupts `wait`, so wait again.
signalled=yes
while [ "$signalled" ]; do
    signalled=
    wait "$command"
    status=$?
done
trap '' USR1 TERM USR2
[ ! "$watch" ] || kill "$watch"

case $status in
    75 | 130 | 143) again=$limit ;;  # stopped or ended: again only if the time limit was the reason
    [0-5] | 126 | 127) ;;            # done, or an error that would occur again
    *) again=yes ;;                  # a rank was lost
esac
finished=$(($(evaluations) - before))
if [ "$again" ] && [ ! "$told" ]; then
    why="; not requeued, because this job finished no evaluation"
    if [ "$finished" -gt 0 ]; then
        note "requeued after $finished evaluations"
        requeue && exit "$status"
        why="; could not be requeued: submit the run again"
    fi
fi
note "ended with status $status after $finished evaluations$why"
exit "$status"
