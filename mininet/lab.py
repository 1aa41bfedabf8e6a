#!/usr/bin/python3
"""The Mininet lab: see lab.py --help and README.md beside this file."""
import sys

if __name__ == '__main__':
    try:
        from myelin_lab.main import main
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
