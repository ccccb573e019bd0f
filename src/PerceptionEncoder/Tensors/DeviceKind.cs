using System.Globalization;
using System.Text.RegularExpressions;

namespace PerceptionEncoder.Tensors;

/// <summary>Names of where tensors live, as configs and commands take them.</summary>
public static partial class DeviceKind
{
    /// <summary>The first CUDA device where libtorch finds one, else the CPU.</summary>
    public const string Auto = "auto";

    /// <summary>The CPU.</summary>
    public const string Cpu = "cpu";

    /// <summary>The first CUDA device; an error where there is none.</summary>
    public const string Cuda = "cuda";

    internal const string Pattern = "auto|cpu|cuda(:[0-9]{1,3})?";
    internal const string Problem = "must be auto, cpu, cuda or one of several, such as cuda:1";

    /// <summary>Refuses what is no name of a device, here or elsewhere.</summary>
    /// <exception cref="UserErrorException">There is no such name.</exception>
    internal static void RequireKnown(string name)
    {
        if (!Known().IsMatch(name))
        {
            throw new UserErrorException($"compute.device: {name} {Problem}.");
        }
    }

    /// <summary>Index of a CUDA device, -1 for the one that torch takes by itself; null for the CPU.</summary>
    /// <exception cref="UserErrorException">There is no such name, or no such device.</exception>
    internal static int? Choose(string name, CudaDevices found)
    {
        RequireKnown(name);
        if (name == Cpu || (name == Auto && found.Count == 0))
        {
            return null;
        }

        if (found.Count == 0)
        {
            throw new UserErrorException($"compute.device: {name}, but there is no CUDA device: {found.Absence}. "
                + "See docs/installation.md, or set compute.device: cpu.");
        }

        var index = name.Contains(':') ? int.Parse(name[(Cuda.Length + 1)..], CultureInfo.InvariantCulture) : -1;
        return index < found.Count
            ? index
            : throw new UserErrorException($"compute.device: {name} is not there: libtorch finds {found.Count} CUDA "
                + $"{(found.Count == 1 ? "device, cuda:0" : $"devices, cuda:0 to cuda:{found.Count - 1}")}.");
    }

    [GeneratedRegex($"^({Pattern})$", RegexOptions.CultureInvariant)]
    private static partial Regex Known();
}
