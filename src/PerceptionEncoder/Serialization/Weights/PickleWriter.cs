using System.Buffers.Binary;
using System.Text;
using static TorchSharp.torch;

namespace PerceptionEncoder.Serialization.Weights;

/// <summary>Writes the pickle, protocol 2, of an OrderedDict of tensors: the storage of tensor i is the member <c>data/i</c>.</summary>
internal sealed class PickleWriter
{
    private readonly List<byte> pickle = [];

    private PickleWriter()
    {
    }

    public static byte[] StateDict(IReadOnlyList<(string Name, Tensor Tensor)> tensors)
    {
        var writer = new PickleWriter();
        writer.Put(0x80, 2);
        writer.Global("collections", "OrderedDict");
        writer.Put((byte)')', (byte)'R');                   // called without arguments
        writer.Put((byte)'(');
        for (var i = 0; i < tensors.Count; i++)
        {
            writer.Text(tensors[i].Name);
            writer.TensorOf(i, tensors[i].Tensor);
        }

        writer.Put((byte)'u', (byte)'.');
        return writer.pickle.ToArray();
    }

    /// <summary><c>_rebuild_tensor_v2(storage, 0, shape, strides, False, OrderedDict())</c>, the tensor contiguous.</summary>
    private void TensorOf(int index, Tensor tensor)
    {
        Global("torch._utils", "_rebuild_tensor_v2");
        Put((byte)'(');
        Put((byte)'(');
        Text("storage");
        Global("torch", StorageName(tensor.dtype));
        Text($"{index}");
        Text("cpu");
        Integer(tensor.numel());
        Put((byte)'t', (byte)'Q');                          // a persistent id
        Integer(0);
        Tuple(tensor.shape);
        Tuple(Strides(tensor.shape));
        Put(0x89);
        Global("collections", "OrderedDict");
        Put((byte)')', (byte)'R', (byte)'t', (byte)'R');
    }

    private static string StorageName(ScalarType type) => type switch
    {
        ScalarType.Float32 => "FloatStorage",
        ScalarType.Float16 => "HalfStorage",
        ScalarType.BFloat16 => "BFloat16Storage",
        ScalarType.Float64 => "DoubleStorage",
        ScalarType.Int64 => "LongStorage",
        ScalarType.Int32 => "IntStorage",
        ScalarType.Int16 => "ShortStorage",
        ScalarType.Int8 => "CharStorage",
        ScalarType.Byte => "ByteStorage",
        ScalarType.Bool => "BoolStorage",
        _ => throw new ArgumentException($"torch.save has no storage for {type} that old versions read.", nameof(type)),
    };

    private static long[] Strides(long[] shape)
    {
        var strides = new long[shape.Length];
        long step = 1;
        for (var i = shape.Length - 1; i >= 0; i--)
        {
            strides[i] = step;
            step *= Math.Max(1, shape[i]);
        }

        return strides;
    }

    private void Global(string module, string name) => pickle.AddRange(Encoding.ASCII.GetBytes($"c{module}\n{name}\n"));

    private void Text(string text)
    {
        var bytes = Encoding.UTF8.GetBytes(text);
        Span<byte> length = stackalloc byte[4];
        BinaryPrimitives.WriteInt32LittleEndian(length, bytes.Length);
        Put((byte)'X');
        pickle.AddRange(length);
        pickle.AddRange(bytes);
    }

    private void Integer(long value)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, value);
        if (value <= int.MaxValue)
        {
            Put((byte)'J');
            pickle.AddRange(bytes[..4]);
        }
        else
        {
            Put(0x8a, 8);
            pickle.AddRange(bytes);
        }
    }

    private void Tuple(long[] items)
    {
        Put((byte)'(');
        foreach (var item in items)
        {
            Integer(item);
        }

        Put((byte)'t');
    }

    private void Put(params ReadOnlySpan<byte> bytes) => pickle.AddRange(bytes);
}
