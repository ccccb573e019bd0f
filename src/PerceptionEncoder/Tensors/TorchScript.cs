using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using static TorchSharp.torch;
using UnmanagedMemory = System.Runtime.InteropServices.NativeMemory;

namespace PerceptionEncoder.Tensors;

/// <summary>
/// Compiled TorchScript, called with memory of our own. TorchSharp's own call frees its arrays by the wrong operator (<c>delete</c> of a
/// <c>new[]</c>), which tells the allocator the size of one entry: jemalloc believes it, and the heap is damaged.
/// </summary>
internal sealed unsafe partial class TorchScript
{
    private const int TensorCode = 0, NumberCode = 1, TensorsCode = 5;

    private readonly nint unit;

    /// <summary>What the call on this thread returns.</summary>
    [ThreadStatic]
    private static (nint Entries, int Count) returned;

    /// <param name="code">Functions. What does not compile ends the process.</param>
    public TorchScript(string code)
    {
        TorchRuntime.Initialize();
        unit = THSJIT_compile(code);
        CheckForErrors();
    }

    /// <summary>Calls a function.</summary>
    /// <param name="function">Its name.</param>
    /// <param name="arguments">Tensors, arrays of tensors and numbers.</param>
    /// <returns>The tensors that it returns, in the caller's dispose scope.</returns>
    public Tensor[] Call(string function, params ReadOnlySpan<object> arguments)
    {
        var entries = stackalloc Entry[arguments.Length];
        var numbers = new List<nint>();
        returned = default;
        try
        {
            for (var i = 0; i < arguments.Length; i++)
            {
                entries[i] = arguments[i] switch
                {
                    Tensor tensor => new Entry(TensorCode, 0, tensor.Handle),
                    double number => new Entry(NumberCode, 0, Kept(numbers, THSTorch_float64_to_scalar(number))),
                    Tensor[] tensors => new Entry(TensorsCode, tensors.Length, 0),
                    var other => throw new ArgumentException($"{function}: no argument of {other.GetType().Name}.", nameof(arguments)),
                };
            }

            CallWithLists(function, entries, arguments);
            GC.KeepAlive(arguments.ToArray());
            var results = (Entry*)returned.Entries;
            return [.. Enumerable.Range(0, returned.Count).Select(i => results[i].Handle)
                .Where(handle => handle != 0).Select(Tensor.UnsafeCreateTensor)];
        }
        finally
        {
            numbers.ForEach(THSTorch_dispose_scalar);
            UnmanagedMemory.Free((void*)returned.Entries);
        }
    }

    private void CallWithLists(string function, Entry* entries, ReadOnlySpan<object> arguments)
    {
        var lists = new List<nint>();
        try
        {
            for (var i = 0; i < arguments.Length; i++)
            {
                if (arguments[i] is Tensor[] tensors)
                {
                    var list = (Entry*)Kept(lists, (nint)UnmanagedMemory.Alloc((nuint)tensors.Length, (nuint)sizeof(Entry)));
                    for (var j = 0; j < tensors.Length; j++)
                    {
                        list[j] = new Entry(TensorCode, 0, tensors[j].Handle);
                    }

                    entries[i] = entries[i] with { Handle = (nint)list };
                }
            }

            sbyte kind;
            THSJIT_CompilationUnit_Invoke(unit, function, entries, arguments.Length, &Allocate, &kind, 0);
            CheckForErrors();
        }
        finally
        {
            lists.ForEach(list => UnmanagedMemory.Free((void*)list));
        }
    }

    private static nint Kept(List<nint> kept, nint handle)
    {
        kept.Add(handle);
        return handle;
    }

    /// <summary>Called by libtorch's wrapper for the results, once: functions here return a tensor, a list of them or nothing.</summary>
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static Entry* Allocate(int index, nuint count)
    {
        var entries = (Entry*)UnmanagedMemory.AllocZeroed(count, (nuint)sizeof(Entry));
        returned = ((nint)entries, (int)count);
        return entries;
    }

    [LibraryImport("LibTorchSharp", StringMarshalling = StringMarshalling.Utf8)]
    private static partial nint THSJIT_compile(string code);

    [LibraryImport("LibTorchSharp", StringMarshalling = StringMarshalling.Utf8)]
    private static partial void THSJIT_CompilationUnit_Invoke(
        nint unit,
        string function,
        Entry* arguments,
        int count,
        delegate* unmanaged[Cdecl]<int, nuint, Entry*> allocate,
        sbyte* kind,
        int firstIndex);

    [LibraryImport("LibTorchSharp")]
    private static partial nint THSTorch_float64_to_scalar(double value);

    [LibraryImport("LibTorchSharp")]
    private static partial void THSTorch_dispose_scalar(nint scalar);

    /// <summary>TorchSharp's <c>TensorOrScalar</c>.</summary>
    /// <param name="TypeCode">What it is.</param>
    /// <param name="ArrayIndex">Of a list, its length.</param>
    /// <param name="Handle">Of a tensor or number, or the address of a list.</param>
    [StructLayout(LayoutKind.Sequential)]
    private readonly record struct Entry(long TypeCode, long ArrayIndex, nint Handle);
}
