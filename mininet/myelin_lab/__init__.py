"""The Myelin lab: BMv2 switches in Mininet, a Myelin node, RoCEv2 hosts, faults and scenarios.

Modules that need neither root nor Mininet: quantity, topology, topologies, scenario, expect, and the
package roce except for its sockets. They are what the unit tests cover.
"""
