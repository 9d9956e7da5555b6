
# ---- From here on every scheduler's script is the same. ----
root=@root@
python=@python@
run=@folder@
# The site's mpiexec before the one that may lie beside Python.
export PATH="$PATH:$(dirname "$python")"
export OMP_NUM_THREADS=1
@setup@

note() { echo "$(date +%Y-%m-%dT%H:%M:%S%z) $job $*" >> "$run/jobs/log"; }
evaluations() { cat "$run/evaluations.jsonl" 2> /dev/null | wc -l; }

# The time limit is near: the run is asked to stop, or ended where it has not begun.
at_limit() {
    signalled=yes limit=yes
    note "stopping before the time limit"
    "$python" "$root/tuner/run.py" stop "$run" || kill -TERM "$command"
}

# The job is cancelled, or the scheduler takes its nodes away.
at_end() {
    signalled=yes told=yes
    note "told to end"
    kill -TERM "$command"
}

limit= told= again= why=
trap at_limit USR1
trap at_end TERM USR2

note "started @script_name@ on $(hostname)"
before=$(evaluations)
@command@ &
command=$!
watch_time

# A trap ends `wait` early.
signalled=yes
while [ "$signalled" ]; do
    signalled=
    wait "$command"
    status=$?
done
trap '' USR1 TERM USR2

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
