"""A filter of system calls, as the kernel's classic BPF: what a dataset has no use for is refused.

Refused with EPERM: sockets other than AF_UNIX, and whatever reaches around the sandbox or widens the kernel's surface
(mounts, namespaces, tracing, keys, modules, io_uring, bpf, ...). A kernel interface of another architecture ends
the process.
"""

import ctypes
import errno
import platform
import struct

from miner.verify import kernel

_LD_WORD, _JUMP_EQUAL, _JUMP_SET, _JUMP_MORE_OR_EQUAL, _RETURN = 0x20, 0x15, 0x45, 0x35, 0x06
_ALLOW, _KILL, _ERRNO = 0x7FFF0000, 0x80000000, 0x00050000
_OFFSET_NUMBER, _OFFSET_ARCHITECTURE, _OFFSET_FIRST, _OFFSET_SECOND = 0, 4, 16, 24
_X32_BIT = 0x40000000
_AF_UNIX = 1
_TIOCSTI, _TIOCLINUX = 0x5412, 0x541C
_NAMESPACES = (
    kernel.CLONE_NEWNS
    | kernel.CLONE_NEWCGROUP
    | kernel.CLONE_NEWUTS
    | kernel.CLONE_NEWIPC
    | kernel.CLONE_NEWUSER
    | kernel.CLONE_NEWPID
    | kernel.CLONE_NEWNET
)

# Name: number on x86_64, number on aarch64 (None: it has no such call). From the kernel's syscall tables.
_REFUSED: dict[str, tuple[int | None, int | None]] = {
    "ptrace": (101, 117),
    "syslog": (103, 116),
    "personality": (135, 92),
    "pivot_root": (155, 41),
    "chroot": (161, 51),
    "acct": (163, 89),
    "settimeofday": (164, 170),
    "mount": (165, 40),
    "umount2": (166, 39),
    "swapon": (167, 224),
    "swapoff": (168, 225),
    "reboot": (169, 142),
    "sethostname": (170, 161),
    "setdomainname": (171, 162),
    "iopl": (172, None),
    "ioperm": (173, None),
    "init_module": (175, 105),
    "delete_module": (176, 106),
    "quotactl": (179, 60),
    "clock_settime": (227, 112),
    "mknod": (133, None),
    "mknodat": (259, 33),
    "kexec_load": (246, 104),
    "add_key": (248, 217),
    "request_key": (249, 218),
    "keyctl": (250, 219),
    "unshare": (272, 97),
    "perf_event_open": (298, 241),
    "fanotify_init": (300, 262),
    "name_to_handle_at": (303, 264),
    "open_by_handle_at": (304, 265),
    "setns": (308, 268),
    "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271),
    "kcmp": (312, 272),
    "finit_module": (313, 273),
    "kexec_file_load": (320, 294),
    "bpf": (321, 280),
    "userfaultfd": (323, 282),
    "pidfd_send_signal": (424, 424),
    "io_uring_setup": (425, 425),
    "io_uring_enter": (426, 426),
    "io_uring_register": (427, 427),
    "open_tree": (428, 428),
    "move_mount": (429, 429),
    "fsopen": (430, 430),
    "fsconfig": (431, 431),
    "fsmount": (432, 432),
    "fspick": (433, 433),
    "pidfd_getfd": (438, 438),
    "mount_setattr": (442, 442),
    "memfd_secret": (447, 447),
}
_CLONE3 = 435
_COLUMN = {"x86_64": 0, "aarch64": 1}
_ARCHITECTURE = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_CLONE, _SOCKET, _IOCTL = {"x86_64": 56, "aarch64": 220}, {"x86_64": 41, "aarch64": 198}, {"x86_64": 16, "aarch64": 29}


def supported() -> bool:
    """Whether this machine's architecture has a table here."""
    return platform.machine() in _ARCHITECTURE


def _filter(machine: str) -> list[tuple[int, int, int, int]]:
    """The program: (code, jump if true, jump if false, operand) for each instruction."""
    refuse = (_RETURN, 0, 0, _ERRNO | errno.EPERM)
    program = [
        (_LD_WORD, 0, 0, _OFFSET_ARCHITECTURE),
        (_JUMP_EQUAL, 1, 0, _ARCHITECTURE[machine]),
        (_RETURN, 0, 0, _KILL),
        (_LD_WORD, 0, 0, _OFFSET_NUMBER),
    ]
    if machine == "x86_64":
        program += [(_JUMP_MORE_OR_EQUAL, 0, 1, _X32_BIT), (_RETURN, 0, 0, _KILL)]
    for numbers in _REFUSED.values():
        number = numbers[_COLUMN[machine]]
        if number is not None:
            program += [(_JUMP_EQUAL, 0, 1, number), refuse]
    # Its flags are in memory, where a filter cannot look; libraries then take `clone`.
    program += [(_JUMP_EQUAL, 0, 1, _CLONE3), (_RETURN, 0, 0, _ERRNO | errno.ENOSYS)]
    program += [
        (_JUMP_EQUAL, 0, 4, _CLONE[machine]),
        (_LD_WORD, 0, 0, _OFFSET_FIRST),
        (_JUMP_SET, 0, 1, _NAMESPACES),
        refuse,
        (_RETURN, 0, 0, _ALLOW),
    ]
    program += [
        (_JUMP_EQUAL, 0, 4, _SOCKET[machine]),
        (_LD_WORD, 0, 0, _OFFSET_FIRST),
        (_JUMP_EQUAL, 1, 0, _AF_UNIX),
        refuse,
        (_RETURN, 0, 0, _ALLOW),
    ]
    program += [
        (_JUMP_EQUAL, 0, 4, _IOCTL[machine]),
        (_LD_WORD, 0, 0, _OFFSET_SECOND),
        (_JUMP_EQUAL, 1, 0, _TIOCSTI),
        (_JUMP_EQUAL, 0, 1, _TIOCLINUX),
        refuse,
        (_RETURN, 0, 0, _ALLOW),
    ]
    return program


def install() -> None:
    """Puts the filter on this process and all that it starts. Needs PR_SET_NO_NEW_PRIVS to be set. Raises OSError."""
    program = b"".join(struct.pack("HBBI", *instruction) for instruction in _filter(platform.machine()))
    code = ctypes.create_string_buffer(program, len(program))
    header = ctypes.create_string_buffer(struct.pack("HxxxxxxP", len(program) // 8, ctypes.addressof(code)))
    mode_filter = 2
    kernel.prctl(kernel.PR_SET_SECCOMP, mode_filter, ctypes.c_void_p(ctypes.addressof(header)))
