
# ---- From here on every scheduler's script is the same. ----
root=@root@
python=@python@
run=@folder@
# Last on the path: the mpiexec that may lie beside Python is for where there is no other.
export PATH="$PATH:$(dirname "$python")"
export OMP_NUM_THREADS=1
# MPICH calls its shared memory by the numbers of Slurm's job and step, which a requeued job has again: its ranks would
# die or hang on what killed ones have left. They send little, so sockets do.
export MPIR_CVAR_NOLOCAL=1
@setup@

note() { echo "$(date +%Y-%m-%dT%H:%M:%S%z) $job $*" >> "$run/jobs/log"; }
evaluations() { cat "$run/evaluations.jsonl" 2> /dev/null | wc -l; }

# The time limit is near: the run is asked to stop, or ended where it has not begun.
at_limit() {
    signalled=yes limit=yes
    note "stopping before the time limit"
    "$python" "$root/tuner/run.py" stop "$run" || end_run
}

# The job is cancelled, or the scheduler takes its nodes away.
at_end() {
    signalled=yes told=yes
    note "told to end"
    end_run
}

# A signal may come before there is a run.
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

# A trap ends `wait` early.
signalled=yes
while [ "$signalled" ]; do
    signalled=
    wait "$command"
    status=$?
done
trap '' USR1 TERM USR2
[ ! "$watch" ] || kill "$watch"

case $status in
    75 | 130 | 143) again=$limit ;;  # stopped, or ended, before the time limit
    [0-5] | 126 | 127) ;;            # done, or an error that stays
    *) again=yes ;;                  # a rank was lost
esac
finished=$(($(evaluations) - before))
if [ "$again" ] && [ ! "$told" ]; then
    why="; not requeued, for it would come no further"
    if [ "$finished" -gt 0 ]; then
        note "requeued after $finished evaluations"
        requeue && exit "$status"
        why="; could not be requeued: submit it again"
    fi
fi
note "ended with status $status after $finished evaluations$why"
exit "$status"
