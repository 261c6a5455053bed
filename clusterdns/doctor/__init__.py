"""Does this machine ask us? What its files and sockets say of how names are resolved, and what would do.

Knows the files of Linux and macOS by which they resolve names, below a root that it is given. Must not know objects,
Corefiles, nor how to ask: who asked the server and the system's resolver says what came of it.

`examine` is the door: findings, each with what is the case and, unless all is well, what would do.
"""

from clusterdns.doctor.examine import examine
from clusterdns.doctor.findings import Finding, Level, Seen, Target
from clusterdns.doctor.machine import Machine

__all__ = ["Finding", "Level", "Machine", "Seen", "Target", "examine"]
