#!/usr/bin/python3
"""The Mininet lab: see lab.py --help and README.md beside this file."""
import sys

from myelin_lab.main import main

if __name__ == '__main__':
    sys.exit(main())
