"""RoCEv2 reliable connections in Python: go-back-N, CNPs and DCQCN over raw IPv4 sockets.

wire, psn, dcqcn, requester, responder and report are pure: time is an argument, nanoseconds.
"""
