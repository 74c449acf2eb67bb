"""The consent authority as a process of its own: HTTP on the loopback interface."""
