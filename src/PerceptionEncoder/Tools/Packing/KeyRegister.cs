using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace PerceptionEncoder.Tools.Packing;

/// <summary>The keys that are taken, 16 bytes each: as many as a disk holds fit in memory.</summary>
internal sealed class KeyRegister
{
    private readonly HashSet<UInt128> taken = [];
    private readonly Dictionary<string, int> repeats = new(StringComparer.Ordinal);

    /// <summary>Takes a key; false where it is taken.</summary>
    public bool Add(string key)
        => taken.Add(BinaryPrimitives.ReadUInt128LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(key))));

    /// <summary>Takes a key or, where it is taken, the first of <c>KEY~2</c>, <c>KEY~3</c>, ... that is not.</summary>
    public string Next(string key)
    {
        if (Add(key))
        {
            return key;
        }

        for (var number = repeats.GetValueOrDefault(key, 2); ; number++)
        {
            var next = $"{key}~{number}";
            if (Add(next))
            {
                repeats[key] = number + 1;
                return next;
            }
        }
    }
}
