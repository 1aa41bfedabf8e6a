#!/usr/bin/python3
"""RoCEv2 traffic: see roce.py --help and myelin_lab/roce/."""
import sys

from myelin_lab.roce.cli import main

if __name__ == '__main__':
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
