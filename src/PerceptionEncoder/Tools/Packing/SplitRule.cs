using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace PerceptionEncoder.Tools.Packing;

/// <summary>
/// Which part a row goes to, by a hash of its group: the same for all rows of the group, and the same when other rows come or go.
/// </summary>
/// <param name="splits">The parts.</param>
/// <param name="seed">Another seed gives another division.</param>
internal sealed class SplitRule(IReadOnlyList<SplitShare> splits, ulong seed)
{
    private const int UnitBits = 53;

    /// <summary>Name of the part.</summary>
    public string Of(string group)
    {
        var place = Unit(seed, "split", group);
        foreach (var split in splits)
        {
            place -= split.Share;
            if (place < 0)
            {
                return split.Name;
            }
        }

        return splits[^1].Name;
    }

    /// <summary>A number from 0 up to 1 that depends on the arguments alone.</summary>
    public static double Unit(ulong seed, string purpose, string text)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Encoding.UTF8.GetBytes($"{purpose}\n{seed}\n{text}"), hash);
        return (BinaryPrimitives.ReadUInt64LittleEndian(hash) >> (64 - UnitBits)) * Math.Pow(2, -UnitBits);
    }
}
