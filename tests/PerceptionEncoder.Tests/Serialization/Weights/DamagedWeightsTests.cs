using System.Buffers.Binary;
using CsCheck;
using PerceptionEncoder.Serialization.Weights;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Serialization.Weights;

/// <summary>
/// A damaged file is refused in one line or read whole, and never does anything else. 100,000 files of each format are tried where
/// PE_ACCEPTANCE is set, a few hundred otherwise.
/// </summary>
public sealed class DamagedWeightsTests : IDisposable
{
    // What opening a file of any size may take beyond twice its size: buffers, JSON's pools, the message.
    private const long Constant = 4 << 20;

    private readonly string folder = Directory.CreateTempSubdirectory("pe-damaged-").FullName;

    private static int Files => Environment.GetEnvironmentVariable("PE_ACCEPTANCE") is { Length: > 0 } ? 100_000 : 400;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public void A_damaged_safetensors_file_is_refused_or_read_whole()
    {
        var path = Path.Combine(folder, "whole.safetensors");
        using (NewDisposeScope())
        {
            SafetensorsWriter.Write(
                path,
                [("weight", ones(2, 3)), ("bias", ones(3)), ("step", tensor(7L))],
                new Dictionary<string, string> { ["config"] = "{}" });
        }

        var whole = File.ReadAllBytes(path);
        Damage(whole, 8 + (int)BinaryPrimitives.ReadInt64LittleEndian(whole));
    }

    [Fact]
    public void A_damaged_PyTorch_file_is_refused_or_read_whole()
    {
        var path = Path.Combine(folder, "whole.pt");
        using (NewDisposeScope())
        {
            PyTorchWriter.Write(path, [("weight", ones(2, 3)), ("bias", ones(3)), ("step", tensor(7L))]);
        }

        var whole = File.ReadAllBytes(path);
        Damage(whole, whole.Length);
    }

    /// <param name="whole">A good file.</param>
    /// <param name="head">Where damage is done; the rest is numbers, of which any are good.</param>
    private void Damage(byte[] whole, int head)
    {
        var bytes = Gen.Select(
            Gen.Int[0, head - 1],
            Gen.OneOf(
                Gen.Byte,
                Gen.Const((byte)0),
                Gen.Const((byte)255),
                Gen.Char["{}[]\":,-0123456789e().()RQtu"].Select(character => (byte)character))).Array[0, 6];
        var numbers = Gen.Select(
            Gen.Int[0, Math.Max(0, head - 9)],
            Gen.OneOf(
                Gen.Long,
                Gen.Int.Select(value => (long)value),
                Gen.Const(-1L),
                Gen.Const(long.MaxValue),
                Gen.Const(1L << 60))).Array[0, 1];
        var moves = Gen.Select(Gen.Int[0, head - 1], Gen.Int[0, head - 1], Gen.Int[1, 64]).Array[0, 1];
        Gen.Select(bytes, numbers, moves, Gen.OneOf(Gen.Const(whole.Length), Gen.Int[0, whole.Length])).Sample(
            (single, wide, moved, length) =>
            {
                var damaged = (byte[])whole.Clone();
                foreach (var (from, to, count) in moved)
                {
                    var run = Math.Min(count, head - Math.Max(from, to));
                    whole.AsSpan(from, run).CopyTo(damaged.AsSpan(to));
                }

                foreach (var (at, value) in wide)
                {
                    BinaryPrimitives.WriteInt64LittleEndian(damaged.AsSpan(at), value);
                }

                foreach (var (at, value) in single)
                {
                    damaged[at] = value;
                }

                Check(damaged[..length]);
            },
            iter: Files,
            threads: 1);
    }

    private void Check(byte[] bytes)
    {
        var path = Path.Combine(folder, "damaged");
        File.WriteAllBytes(path, bytes);
        using var scope = NewDisposeScope();
        var before = GC.GetAllocatedBytesForCurrentThread();
        long read = 0;
        try
        {
            using var file = TensorFile.Open(path);
            foreach (var entry in file.Entries.Values)
            {
                var tensor = file.Read(entry.Name);
                Assert.Equal(entry.Shape, tensor.shape);
                read += tensor.numel() * tensor.element_size();
            }
        }
        catch (UserErrorException refusal)
        {
            Assert.DoesNotContain('\n', refusal.Message);
        }

        Assert.InRange(read + GC.GetAllocatedBytesForCurrentThread() - before, 0, (2 * bytes.Length) + Constant);
    }
}
