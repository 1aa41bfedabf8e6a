"""Processes of the lab: started with a record, ended by pid, never by name.

Every run keeps a record in /run/myelin-lab: the pids (with their start times, since pids are used
again) and the network interfaces that it made. `lab.py --clean` reads what earlier runs left there.
"""
from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import time
from pathlib import Path

RECORDS = Path('/run/myelin-lab')
_PR_SET_PDEATHSIG = 1
_LIBC = ctypes.CDLL(None, use_errno=True)


def _start_time(pid: int) -> str:
    """Clock ticks since boot at which a process started, '' when there is none."""
    try:
        return Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[19]
    except (OSError, IndexError):
        return ''


def alive(pid: int) -> bool:
    """Whether it runs; a zombie does not."""
    try:
        return Path(f'/proc/{pid}/stat').read_text().rpartition(')')[2].split()[0] not in 'ZX'
    except (OSError, IndexError):
        return False


class Record:
    """What this run made, on disk before it is needed."""

    def __init__(self) -> None:
        RECORDS.mkdir(parents=True, exist_ok=True)
        self.path = RECORDS / str(os.getpid())
        self.path.write_text(f'owner {os.getpid()} {_start_time(os.getpid())}\n')

    def add(self, kind: str, *words: object) -> None:
        with self.path.open('a') as f:
            f.write(' '.join([kind, *map(str, words)]) + '\n')

    def close(self) -> None:
        self.path.unlink(missing_ok=True)


_record: Record | None = None


def record() -> Record:
    """The record of this run, made on first use."""
    global _record
    if _record is None:
        _record = Record()
    return _record


def close_record() -> None:
    """Nothing is left behind."""
    global _record
    if _record:
        _record.close()
        _record = None


def _child() -> None:
    # Ends with us, however we end; Ctrl-C goes to us alone, so that the order of stopping is ours.
    os.setsid()
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)


def spawn(command: list[str], log: Path, **kwargs) -> subprocess.Popen:
    """Starts a process in a session of its own, recorded; output is appended to a file."""
    with log.open('ab') as out:
        streams = {'stdin': subprocess.DEVNULL, 'stdout': out, 'stderr': out, **kwargs}
        process = subprocess.Popen(command, preexec_fn=_child, **streams)
    record().add('pid', process.pid, _start_time(process.pid))
    return process


def end(process: subprocess.Popen, seconds: float = 5.0) -> None:
    """Asks a process to end, then makes it; returns when it has."""
    if process.poll() is not None:
        return
    process.terminate()
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(seconds)


def tail(log: Path, lines: int = 5) -> str:
    """The end of a log, for messages."""
    try:
        return '\n'.join(log.read_text(errors='replace').splitlines()[-lines:])
    except OSError:
        return ''


def clean() -> list[str]:
    """Removes what runs that are no more left behind; returns a line for everything done."""
    done = []
    for path in sorted(RECORDS.glob('*')) if RECORDS.is_dir() else []:
        entries = [line.split() for line in path.read_text().splitlines()]
        owner = next((e for e in entries if e[0] == 'owner'), None)
        if owner and len(owner) == 3 and _start_time(int(owner[1])) == owner[2]:
            if int(owner[1]) != os.getpid():
                done.append(f'the lab with pid {owner[1]} is running: left alone')
            continue
        for kind, name, *rest in entries:
            if kind == 'pid' and rest and _start_time(int(name)) == rest[0]:
                _end_pid(int(name))
                done.append(f'ended process {name}')
            if kind == 'interface' and Path(f'/sys/class/net/{name}').exists():
                subprocess.run(['ip', 'link', 'delete', name], check=False, capture_output=True)
                done.append(f'deleted interface {name}')
        path.unlink(missing_ok=True)
        done.append(f'forgot the run of pid {path.name}')
    return done


def _end_pid(pid: int) -> None:
    for sig, seconds in ((signal.SIGTERM, 5.0), (signal.SIGKILL, 2.0)):
        try:
            os.kill(pid, sig)
        except ProcessLookupError:
            return
        until = time.monotonic() + seconds
        while alive(pid) and time.monotonic() < until:
            time.sleep(0.05)
