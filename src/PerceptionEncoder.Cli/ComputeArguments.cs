using System.CommandLine;
using PerceptionEncoder.Tensors;

namespace PerceptionEncoder.Cli;

/// <summary>Where and how a command multiplies: the same options for all of them.</summary>
internal sealed class ComputeArguments
{
    private readonly Option<string> device = CommonOptions.Device();
    private readonly Option<Precision> precision = CommonOptions.Choice(
        "--precision",
        "Arithmetic of matrix products; auto is bf16 on GPUs that have it.",
        Tensors.Precision.Auto);
    private readonly Option<bool> tf32 = new("--tf32") { Description = "Let a GPU round the inputs of float32 products to 10 bits." };
    private readonly Option<CpuMatmul> matmul = CommonOptions.Choice(
        "--cpu-matmul",
        "Library of float32 products on a CPU.",
        CpuMatmul.Auto);

    /// <summary>All of them.</summary>
    public IReadOnlyList<Option> All => [device, precision, tf32, matmul];

    /// <summary>Adds them to a command.</summary>
    /// <param name="command">The command.</param>
    /// <param name="isFloat32">It always computes in float32: it takes no precision.</param>
    public void AddTo(Command command, bool isFloat32 = false)
    {
        foreach (var option in All.Where(option => !isFloat32 || option != precision))
        {
            command.Add(option);
        }
    }

    /// <summary>Device and libraries asked for.</summary>
    public ComputeOptions Read(ParseResult result) => new()
    {
        Device = result.GetRequiredValue(device),
        Tf32 = result.GetValue(tf32),
        CpuMatmul = result.GetValue(matmul),
    };

    /// <summary>The precision asked for.</summary>
    public Precision Precision(ParseResult result) => result.GetValue(precision);
}
