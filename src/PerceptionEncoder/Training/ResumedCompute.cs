using PerceptionEncoder.Configuration;
using PerceptionEncoder.Serialization.Weights;
using PerceptionEncoder.Tensors;
using Serilog;
using static TorchSharp.torch;

namespace PerceptionEncoder.Training;

/// <summary>
/// The device and library of a run that may go on: what multiplied before multiplies again, on whatever machine, unless the user asks for
/// something else.
/// </summary>
internal static class ResumedCompute
{
    private const string Section = "compute";
    private const string Key = "cpu_matmul";
    private const string PrecisionKey = "precision";

    /// <summary>
    /// As <see cref="ComputeOptions.Prepare"/>, with the library that the run's config.yaml names in the place of <c>auto</c>.
    /// </summary>
    /// <param name="asked">What the user's config asks for.</param>
    /// <param name="folder">The run's.</param>
    /// <param name="log">Is told where the library changes.</param>
    /// <exception cref="UserErrorException">This CPU cannot multiply as the run did.</exception>
    public static Device Prepare(ComputeOptions asked, RunFolder folder, ILogger log)
        => Prepare(asked, folder, log, compute => compute.Prepare(line => log.Information("{Line:l}", line)));

    /// <summary>The same where the machine is given.</summary>
    internal static Device Prepare(ComputeOptions asked, RunFolder folder, ILogger log, Func<ComputeOptions, Device> machine)
    {
        if (Recorded(folder) is not { } recorded)
        {
            return machine(asked);
        }

        if (asked.CpuMatmul != CpuMatmul.Auto)
        {
            if (asked.CpuMatmul != recorded)
            {
                log.Warning(
                    "{Section:l}.{Key:l}: {Asked:l} as asked; "
                    + "the run so far was multiplied by {Recorded:l}, so that its last digits change here",
                    Section,
                    Key,
                    MatmulBackend.NameOf(asked.CpuMatmul),
                    MatmulBackend.NameOf(recorded));
            }

            return machine(asked);
        }

        try
        {
            return machine(asked with { CpuMatmul = recorded });
        }
        catch (UserErrorException failure) when (recorded == CpuMatmul.OneDnn)
        {
            throw new UserErrorException(
                $"{folder.Config}: the run was multiplied by {MatmulBackend.NameOf(recorded)}, "
                + $"and cannot go on so here ({failure.Message}) Add --set {Section}.{Key}=mkl to go on with other last digits.",
                failure);
        }
    }

    /// <summary>The precision asked for; of <c>auto</c> what the run's config.yaml names, or what the device suggests.</summary>
    public static Precision Settle(Precision asked, RunFolder folder, Device device)
        => (asked, asked == Precision.Auto ? Spelled(RecordedConfig(folder), PrecisionKey) : null) switch
        {
            (_, "bf16") => Precision.Bf16,
            (_, "fp32") => Precision.Fp32,
            _ => asked.On(device),
        };

    /// <summary>Null where no checkpoint is there to go on from, or the config names none.</summary>
    private static CpuMatmul? Recorded(RunFolder folder)
        => Spelled(RecordedConfig(folder)?.Find(Section)?.Value as ConfigMap, Key) switch
        {
            "mkl" => CpuMatmul.Mkl,
            "one_dnn" => CpuMatmul.OneDnn,
            _ => null,
        };

    private static string? Spelled(ConfigMap? map, string key) => (map?.Find(key)?.Value as ConfigScalar)?.Text;

    /// <summary>What the run was trained with so far; null where no checkpoint is there to go on from.</summary>
    private static ConfigMap? RecordedConfig(RunFolder folder)
        => WeightsLocation.LatestCheckpoint(folder.Checkpoints) is null || !File.Exists(folder.Config)
            ? null
            : ConfigReader.Read(UserText.Read(folder.Config), folder.Config, []) as ConfigMap;
}
