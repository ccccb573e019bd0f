using System.Text;

namespace PerceptionEncoder.Tensors;

/// <summary>Versions of other libraries that a 64-bit little-endian ELF file asks the loader for (<c>.gnu.version_r</c>).</summary>
internal static class ElfVersionNeeds
{
    private const uint SectionType = 0x6ffffffe;                // SHT_GNU_verneed
    private const ushort Weak = 2;                              // VER_FLG_WEAK: without that version the loader goes on

    /// <summary>Marks one version as dispensable.</summary>
    /// <param name="elf">The file, changed in place: one flag of each library that is to have the version.</param>
    /// <param name="version">Such as <c>GLIBCXX_3.4.32</c>.</param>
    /// <returns>Whether it was asked for, and is no longer.</returns>
    public static bool Weaken(Span<byte> elf, string version)
    {
        var changed = false;
        var (sections, size, count) = (ReadInt64(elf, 0x28), ReadUInt16(elf, 0x3A), ReadUInt16(elf, 0x3C));
        for (var i = 0; i < count; i++)
        {
            var section = (int)sections + (i * size);
            if (ReadUInt32(elf, section + 4) != SectionType)
            {
                continue;
            }

            var names = (int)ReadInt64(elf, (int)sections + ((int)ReadUInt32(elf, section + 0x28) * size) + 0x18);
            var need = (int)ReadInt64(elf, section + 0x18);
            for (var libraries = ReadUInt32(elf, section + 0x2C); libraries > 0; libraries--)
            {
                var entry = need + (int)ReadUInt32(elf, need + 8);
                for (var entries = ReadUInt16(elf, need + 2); entries > 0; entries--)
                {
                    var name = elf[(names + (int)ReadUInt32(elf, entry + 8))..];
                    var flags = ReadUInt16(elf, entry + 4);
                    if ((flags & Weak) == 0 && Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)]) == version)
                    {
                        BitConverter.TryWriteBytes(elf[(entry + 4)..], (ushort)(flags | Weak));
                        changed = true;
                    }

                    entry += (int)ReadUInt32(elf, entry + 12);
                }

                need += (int)ReadUInt32(elf, need + 12);
            }
        }

        return changed;
    }

    private static long ReadInt64(ReadOnlySpan<byte> file, int at) => BitConverter.ToInt64(file[at..]);

    private static uint ReadUInt32(ReadOnlySpan<byte> file, int at) => BitConverter.ToUInt32(file[at..]);

    private static ushort ReadUInt16(ReadOnlySpan<byte> file, int at) => BitConverter.ToUInt16(file[at..]);
}
