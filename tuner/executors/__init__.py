"""Run tasks on workers: in this process, on all cores, on MPI ranks or in steps of a cluster job."""
