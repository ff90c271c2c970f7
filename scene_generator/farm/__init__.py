"""One job description, and from it what Open Job Description, Slurm, OpenCue and this machine run.

Standard library only, and Python 3.9: a host's own interpreter can write a job.

    job.py          what a job is; JSON in and out
    scene_job.py    the job of this project: generate, pack, train
    openjd.py       -> an Open Job Description template
    slurm.py        -> array job, following jobs and the script that submits them
    opencue.py      -> a PyOutline script
    folder.py       all of them into one folder
    local.py        runs a job here, with retries; state.py remembers how far it came
"""
