#!/usr/bin/python3
"""Frames that a host must not get through: see hostile.py --help and myelin_lab/hostile.py."""
import sys

from myelin_lab.hostile import main

if __name__ == '__main__':
    sys.exit(main())
