using System.Buffers.Binary;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;

namespace PerceptionEncoder.Tests.Serialization.Weights;

/// <summary>An object of a class that only its author has, with a state that may hold anything.</summary>
internal sealed record PickledObject(string Module, string Class, object? State = null);

/// <summary>Float32 numbers in a storage, or numbers of any type as they lie in memory.</summary>
internal sealed record PickledTensor(long[] Shape, byte[] Bytes, string Storage = "FloatStorage")
{
    public static PickledTensor Of(params float[] values) => new([values.Length], MemoryMarshal.AsBytes(values.AsSpan()).ToArray());

    public long Numbers => Shape.Aggregate(1L, (product, side) => product * side);
}

/// <summary>Writes what torch.save(value) writes, for values of dictionaries, lists, texts, numbers, tensors and objects.</summary>
internal sealed class PickledArchive
{
    private readonly List<byte> pickle = [];
    private readonly List<byte[]> storages = [];

    public static void Save(string path, object? value, params (string Name, byte[] Bytes)[] others)
    {
        var archive = new PickledArchive();
        archive.Put(0x80, 2);
        archive.Write(value);
        archive.Put((byte)'.');
        File.Delete(path);
        using var zip = ZipFile.Open(path, ZipArchiveMode.Create);
        Add(zip, "archive/data.pkl", archive.pickle.ToArray(), CompressionLevel.NoCompression);
        for (var i = 0; i < archive.storages.Count; i++)
        {
            Add(zip, $"archive/data/{i}", archive.storages[i], CompressionLevel.NoCompression);
        }

        foreach (var (name, bytes) in others)
        {
            Add(zip, name, bytes, CompressionLevel.Optimal);
        }
    }

    private static void Add(ZipArchive zip, string name, byte[] bytes, CompressionLevel level)
    {
        using var member = zip.CreateEntry(name, level).Open();
        member.Write(bytes);
    }

    private void Write(object? value)
    {
        switch (value)
        {
            case null: Put((byte)'N'); break;
            case bool flag: Put(flag ? (byte)0x88 : (byte)0x89); break;
            case int number: Number(number); break;
            case long number: Number(checked((int)number)); break;
            case string text: Text(text); break;
            case IReadOnlyDictionary<string, object?> dictionary:
                Put((byte)'}', (byte)'(');
                foreach (var (key, inner) in dictionary)
                {
                    Text(key);
                    Write(inner);
                }

                Put((byte)'u');
                break;
            case object?[] list:
                Put((byte)']', (byte)'(');
                Array.ForEach(list, Write);
                Put((byte)'e');
                break;
            case PickledTensor tensor: Tensor(tensor); break;
            case PickledObject instance:
                Global(instance.Module, instance.Class);
                Put((byte)')', 0x81);                           // NEWOBJ
                Write(instance.State);
                Put((byte)'b');                                 // BUILD
                break;
            default: throw new NotSupportedException(value.GetType().Name);
        }
    }

    private void Tensor(PickledTensor tensor)
    {
        Global("torch._utils", "_rebuild_tensor_v2");
        Put((byte)'(', (byte)'(');
        Text("storage");
        Global("torch", tensor.Storage);
        Text($"{storages.Count}");
        Text("cpu");
        Number((int)tensor.Numbers);
        Put((byte)'t', (byte)'Q');
        Number(0);
        Numbers(tensor.Shape);
        var step = tensor.Numbers;
        Numbers([.. tensor.Shape.Select(side => step /= side)]);
        Put(0x89, (byte)'N', (byte)'t', (byte)'R');
        storages.Add(tensor.Bytes);
    }

    private void Numbers(long[] numbers)
    {
        Put((byte)'(');
        Array.ForEach(numbers, number => Number((int)number));
        Put((byte)'t');
    }

    private void Global(string module, string name) => pickle.AddRange(Encoding.ASCII.GetBytes($"c{module}\n{name}\n"));

    private void Number(int number)
    {
        Span<byte> bytes = [(byte)'J', 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32LittleEndian(bytes[1..], number);
        pickle.AddRange(bytes);
    }

    private void Text(string text)
    {
        var utf8 = Encoding.UTF8.GetBytes(text);
        Span<byte> head = [(byte)'X', 0, 0, 0, 0];
        BinaryPrimitives.WriteInt32LittleEndian(head[1..], utf8.Length);
        pickle.AddRange(head);
        pickle.AddRange(utf8);
    }

    private void Put(params ReadOnlySpan<byte> bytes) => pickle.AddRange(bytes);
}
