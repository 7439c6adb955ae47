"""What is changed in shared libraries by `rename` and `prune`: the parts of a 64-bit little-endian ELF file."""

import struct
import sys

DT_NULL, DT_NEEDED, DT_STRTAB, DT_RELA, DT_RELASZ = 0, 1, 5, 7, 8
DT_FINI, DT_SONAME, DT_INIT_ARRAY, DT_INIT_ARRAYSZ = 13, 14, 25, 27
DT_VERNEED, DT_VERNEEDNUM = 0x6FFFFFFE, 0x6FFFFFFF
SHT_SYMTAB, SHT_DYNSYM = 2, 11
PT_LOAD, PT_DYNAMIC = 1, 2
R_X86_64_RELATIVE = 8


def fail(path, reason):
    sys.exit(f"{path}: {reason}")


class Elf:
    """`data` may be written: a mapped file."""

    def __init__(self, path, data):
        self.path, self.data = path, data
        if data[:6] != b"\x7fELF\x02\x01":
            fail(path, "no 64-bit little-endian ELF file")
        (phoff,) = struct.unpack_from("<Q", data, 32)
        phentsize, phnum = struct.unpack_from("<HH", data, 54)
        self.loads = []
        for index in range(phnum):
            kind, _, offset, address, _, size, _, _ = struct.unpack_from("<IIQQQQQQ", data, phoff + index * phentsize)
            if kind == PT_LOAD:
                self.loads.append((address, size, offset))
            elif kind == PT_DYNAMIC:
                self.dynamic, self.slots = offset, size // 16
        self.tags = list(self.entries())
        self.strings = self.offset(self.tag(DT_STRTAB))

    def offset(self, address):
        for start, size, offset in self.loads:
            if start <= address < start + size:
                return address - start + offset
        fail(self.path, f"nothing is loaded at {address:#x}")

    def entries(self):
        for index in range(self.slots):
            tag, value = struct.unpack_from("<qQ", self.data, self.dynamic + 16 * index)
            if tag == DT_NULL:
                return
            yield tag, value

    def tag(self, wanted):
        return next((value for tag, value in self.tags if tag == wanted), None)

    def text(self, start):
        return self.data[start : self.data.find(b"\0", start)]

    def string(self, at):
        return self.text(self.strings + at)

    def section(self, wanted):
        """(offset, size, linked section) of the first section of that kind, or None."""
        (shoff,) = struct.unpack_from("<Q", self.data, 40)
        shentsize, shnum = struct.unpack_from("<HH", self.data, 58)
        for index in range(shnum):
            header = struct.unpack_from("<IIQQQQI", self.data, shoff + index * shentsize)
            if header[1] == wanted:
                strings = struct.unpack_from("<Q", self.data, shoff + header[6] * shentsize + 24)[0]
                return header[4], header[5], strings
        return None

    def symbols(self):
        found = self.section(SHT_DYNSYM) or fail(self.path, "no section of dynamic symbols")
        return range(found[0], found[0] + found[1], 24)

    def initialisers(self):
        """(place of the address in the file, address) of each function that the loader calls."""
        first, size = self.tag(DT_INIT_ARRAY), self.tag(DT_INIT_ARRAYSZ)
        if first is None or self.tag(DT_RELA) is None:
            return
        start = self.offset(self.tag(DT_RELA))
        for at in range(start, start + self.tag(DT_RELASZ), 24):
            slot, kind, address = struct.unpack_from("<QQQ", self.data, at)
            if kind == R_X86_64_RELATIVE and first <= slot < first + size:
                yield at + 16, address
