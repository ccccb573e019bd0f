using System.Runtime.InteropServices;

namespace PerceptionEncoder.Tests.Tensors;

/// <summary>What TorchSharp throws where libtorch fails.</summary>
internal static class TorchFailure
{
#pragma warning disable CA2201 // reserved for the runtime, and TorchSharp's choice
    public static ExternalException Of(string message) => new(message);
#pragma warning restore CA2201
}
