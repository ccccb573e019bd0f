using System.Collections.Concurrent;
using System.IO.Compression;
using System.Runtime.InteropServices;
using System.Text;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tensors;

/// <summary>
/// x Wᵀ + b by oneDNN, of weights that are laid out beforehand as its kernels read them, in the place of every call anew. In float32 it never rounds, whatever is
/// permitted elsewhere. It keeps nothing for gradients.
/// </summary>
/// <remarks>libtorch has operators for it that no function of its own calls. Only a saved script may name them; this holds such a script.</remarks>
internal static class PackedLinear
{
    private const string Module = """
        class Packed(Module):
          __parameters__ = []
          __buffers__ = []
          training : bool
          def pack(self: __torch__.Packed,
            weight: Tensor,
            rows: int) -> Tensor:
            return ops.mkldnn._reorder_linear_weight(weight, rows)
          def forward(self: __torch__.Packed,
            input: Tensor,
            weight: Tensor,
            bias: Tensor) -> Tensor:
            return ops.mkldnn._linear_pointwise(input, weight, bias, "none", annotate(List[Optional[number]], []), "")

        """;

    /// <summary>Both round to bfloat16, in other places.</summary>
    private const double NarrowLimit = 0.01;

    /// <summary>An object of that class whose one attribute, <c>training</c>, is false.</summary>
    private static readonly byte[] Instance = [0x80, 2, .. "c__torch__\nPacked\n)"u8, 0x81, .. "}(X\u0008\0\0\0training"u8, 0x89, .. "ub."u8];

    /// <summary>The empty tuple.</summary>
    private static readonly byte[] NoConstants = [0x80, 2, .. ")."u8];

    private static readonly ConcurrentDictionary<(ScalarType Type, long Outputs, long Inputs, long Rows, int Threads), bool> Tried = new();
    private static readonly Lazy<jit.ScriptModule?> Script = new(Load);
    private static readonly Lazy<bool> InFloat32 = new(() => Works(ScalarType.Float32));
    private static readonly Lazy<bool> InBfloat16 = new(() => Works(ScalarType.BFloat16));

    /// <summary>Whether this build of libtorch and this CPU have it in a type.</summary>
    public static bool Offers(ScalarType type) => type switch
    {
        ScalarType.Float32 => InFloat32.Value,
        ScalarType.BFloat16 => InBfloat16.Value,
        _ => false,
    };

    /// <param name="weight">[E, D], contiguous.</param>
    /// <param name="rows">Rows of the inputs to come, exactly: a layout for other rows may be read wrongly, without a word.</param>
    /// <returns>[E, D] in a layout that only <see cref="Apply"/> reads; null where even it would not read it right.</returns>
    /// <remarks>
    /// libtorch 2.10 looks at the rows, not at the layout, to tell how a weight is packed, and loses the padding of some: 80 outputs came out 40% off. So every
    /// combination of sizes is tried once, with as many rows as it will have, against the plain product.
    /// </remarks>
    public static Tensor? Pack(Tensor weight, long rows)
    {
        using var scope = NewDisposeScope();
        var packed = (Tensor)Script.Value!.invoke("pack", weight, rows);
        var right = Tried.GetOrAdd((weight.dtype, weight.shape[0], weight.shape[1], rows, TorchRuntime.Threads), _ => IsRight(weight, packed, rows));
        return right ? packed.MoveToOuterDisposeScope() : null;
    }

    /// <param name="input">[..., D].</param>
    /// <param name="packed">Of <see cref="Pack"/>, the dtype of <paramref name="input"/>.</param>
    /// <param name="bias">[E], the same dtype.</param>
    /// <returns>[..., E].</returns>
    public static Tensor Apply(Tensor input, Tensor packed, Tensor bias) => (Tensor)Script.Value!.invoke("forward", input, packed, bias);

    private static bool IsRight(Tensor weight, Tensor packed, long rows)
    {
        var (input, bias) = (MatmulAccuracy.Values(0.7, rows, weight.shape[1]).to(weight.dtype), zeros([weight.shape[0]], weight.dtype));
        var expected = nn.functional.linear(input, weight).to(ScalarType.Float64);
        var off = (Apply(input, packed, bias).to(ScalarType.Float64) - expected).norm() / expected.norm();
        return off.item<double>() <= (weight.dtype == ScalarType.Float32 ? MatmulAccuracy.Limit : NarrowLimit);
    }

    private static bool Works(ScalarType type)
    {
        if (Script.Value is null)
        {
            return false;
        }

        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        try
        {
            return Pack(MatmulAccuracy.Values(1.3, 192, 192).to(type), 64) is not null;
        }
        catch (ExternalException)                               // a CPU without the instructions for the type
        {
            return false;
        }
    }

    private static jit.ScriptModule? Load()
    {
        using var file = new MemoryStream();
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        {
            Write("data.pkl", Instance);
            Write("code/__torch__.py", Encoding.ASCII.GetBytes(Module.ReplaceLineEndings("\n")));
            Write("constants.pkl", NoConstants);
            Write("version", "3\n"u8);

            void Write(string name, ReadOnlySpan<byte> bytes)
            {
                using var member = archive.CreateEntry($"packed/{name}", CompressionLevel.NoCompression).Open();
                member.Write(bytes);
            }
        }

        try
        {
            return jit.load(file.ToArray(), CPU);
        }
        catch (ExternalException)                               // a build of libtorch without oneDNN
        {
            return null;
        }
    }
}
