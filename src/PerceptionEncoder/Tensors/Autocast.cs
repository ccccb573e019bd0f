using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tensors;

/// <summary>
/// Runs matrix products in a narrower type: operators inside the scope cast their inputs, parameters stay as they are and get gradients of
/// their own type. Belongs to the thread that entered it; leaving restores what was there before.
/// </summary>
internal sealed unsafe class Autocast : IDisposable
{
    private const string Prefix = "_ZN2at8autocast";
    private const string IsEnabled = "19is_autocast_enabledEN3c1010DeviceTypeE";
    private const string NarrowType = "18get_autocast_dtypeEN3c1010DeviceTypeE";

    /// <summary>What this thread keeps, by parameter; null where it keeps nothing.</summary>
    [ThreadStatic]
    private static Dictionary<Tensor, Tensor>? kept;

    private readonly sbyte device;
    private readonly bool wasEnabled;
    private readonly sbyte previousType;
    private bool left;

    private Autocast(DeviceType device, ScalarType type)
    {
        this.device = (sbyte)device;
        wasEnabled = ((delegate* unmanaged<sbyte, byte>)Function(IsEnabled))(this.device) != 0;
        previousType = ((delegate* unmanaged<sbyte, sbyte>)Function(NarrowType))(this.device);
        Set(true, (sbyte)type);
        ((delegate* unmanaged<void>)Function("17increment_nestingEv"))();
    }

    /// <summary>Enters the scope on this thread.</summary>
    /// <param name="device">Operators on this kind of device are cast.</param>
    /// <param name="type">Such as bfloat16; float32 gives a scope that does nothing.</param>
    /// <exception cref="UserErrorException">This build of libtorch does not export autocast.</exception>
    public static IDisposable? Enter(Device device, ScalarType type)
    {
        ArgumentNullException.ThrowIfNull(device);
        return type == ScalarType.Float32 ? null : new Autocast(device.type, type);
    }

    /// <summary>
    /// What <see cref="Enter"/> needs to bring back the present state of this thread: the narrow type, or float32 where there is none.
    /// </summary>
    public static ScalarType Current(Device device)
    {
        ArgumentNullException.ThrowIfNull(device);
        return LibTorch.Find(Prefix + IsEnabled) != 0 && ((delegate* unmanaged<sbyte, byte>)Function(IsEnabled))((sbyte)device.type) != 0
            ? (ScalarType)((delegate* unmanaged<sbyte, sbyte>)Function(NarrowType))((sbyte)device.type)
            : ScalarType.Float32;
    }

    /// <summary>
    /// A parameter in the narrow type of this thread's scope, recorded by autograd; itself where there is no scope, or it is no float32.
    /// Operators cast their inputs themselves, but under torch's linear layer neither keep what they cast nor cast the bias, which then
    /// widens and narrows all that it is added to.
    /// </summary>
    public static Tensor Cast(Tensor parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        var type = Current(parameter.device);
        if (type == ScalarType.Float32 || parameter.dtype != ScalarType.Float32)
        {
            return parameter;
        }

        if (kept is null || is_grad_enabled())
        {
            return parameter.to(type);
        }

        if (!kept.TryGetValue(parameter, out var narrow))
        {
            narrow = parameter.to(type).DetachFromDisposeScope();
            kept.Add(parameter, narrow);
        }

        return narrow;
    }

    /// <summary>
    /// Until it is disposed, this thread's passes without gradients share the casts of parameters, instead of each casting all of them
    /// anew. Parameters and the narrow type must not change meanwhile.
    /// </summary>
    public static IDisposable KeepCasts() => new KeptCasts();

    /// <summary>Leaves the scope; on the thread that entered it.</summary>
    public void Dispose()
    {
        if (left)
        {
            return;
        }

        left = true;
        if (((delegate* unmanaged<int>)Function("17decrement_nestingEv"))() == 0)
        {
            ((delegate* unmanaged<void>)Function("11clear_cacheEv"))();   // the casts of this scope's parameters
        }

        Set(wasEnabled, previousType);
    }

    private void Set(bool enabled, sbyte type)
    {
        ((delegate* unmanaged<sbyte, byte, void>)Function("20set_autocast_enabledEN3c1010DeviceTypeEb"))(device, (byte)(enabled ? 1 : 0));
        ((delegate* unmanaged<sbyte, sbyte, void>)Function("18set_autocast_dtypeEN3c1010DeviceTypeENS1_10ScalarTypeE"))(device, type);
    }

    private static nint Function(string name)
    {
        var address = LibTorch.Find(Prefix + name);
        return address != 0
            ? address
            : throw new UserErrorException("precision: this build of libtorch does not export autocast. Use fp32.");
    }

    /// <summary>The outermost one on a thread keeps; those within it do nothing.</summary>
    private sealed class KeptCasts : IDisposable
    {
        private Dictionary<Tensor, Tensor>? own;

        public KeptCasts()
        {
            if (kept is null)
            {
                kept = own = new Dictionary<Tensor, Tensor>(ReferenceEqualityComparer.Instance);
            }
        }

        public void Dispose()
        {
            if (own is null)
            {
                return;
            }

            foreach (var narrow in own.Values)
            {
                narrow.Dispose();
            }

            kept = own = null;
        }
    }
}
