using System.Text;

namespace PerceptionEncoder.Tests;

public class NativeLibraryTests
{
    private const uint VersionNeedSection = 0x6ffffffe;   // SHT_GNU_verneed
    private const int WeakFlag = 2;                       // VER_FLG_WEAK

    [SkippableFact]
    public void The_built_torch_library_loads_where_the_newest_libstdcxx_version_is_absent()
    {
        Skip.IfNot(OperatingSystem.IsLinux(), "ELF version needs exist on Linux only");
        var flags = VersionFlags(File.ReadAllBytes(Path.Combine(AppContext.BaseDirectory, "libLibTorchSharp.so")));

        Assert.Contains("GLIBCXX_3.4.32", flags);
        Assert.Equal(WeakFlag, flags["GLIBCXX_3.4.32"] & WeakFlag);
        Assert.Equal(0, flags["GLIBCXX_3.4"] & WeakFlag); // versions that are used stay required
    }

    /// <summary>Version name -> <c>vna_flags</c> of a 64-bit little-endian ELF file's <c>.gnu.version_r</c>.</summary>
    private static Dictionary<string, int> VersionFlags(byte[] elf)
    {
        int Section(int index) => (int)(BitConverter.ToInt64(elf, 0x28) + ((long)index * BitConverter.ToUInt16(elf, 0x3A)));
        long Offset(int section) => BitConverter.ToInt64(elf, section + 0x18);

        var needs = Enumerable.Range(0, BitConverter.ToUInt16(elf, 0x3C))
            .Select(Section)
            .Single(section => BitConverter.ToUInt32(elf, section + 4) == VersionNeedSection);
        var names = Offset(Section(BitConverter.ToInt32(elf, needs + 0x28)));
        var flags = new Dictionary<string, int>();
        foreach (var need in Chain(elf, (int)Offset(needs), nextAt: 12))
        {
            foreach (var version in Chain(elf, need + BitConverter.ToInt32(elf, need + 8), nextAt: 12))
            {
                var name = elf.AsSpan((int)names + BitConverter.ToInt32(elf, version + 8));
                flags[Encoding.ASCII.GetString(name[..name.IndexOf((byte)0)])] = BitConverter.ToUInt16(elf, version + 4);
            }
        }

        return flags;
    }

    /// <summary>Entries that each say how far the next one is; 0 ends the chain.</summary>
    private static IEnumerable<int> Chain(byte[] elf, int entry, int nextAt)
    {
        for (var next = -1; next != 0; entry += next)
        {
            yield return entry;
            next = BitConverter.ToInt32(elf, entry + nextAt);
        }
    }
}
