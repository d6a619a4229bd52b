"""The storage room against real servers: moto, Ceph RGW, and faults in between."""
