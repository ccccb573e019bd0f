using System.Reflection;
using System.Reflection.Metadata;
using System.Reflection.Metadata.Ecma335;
using System.Reflection.PortableExecutable;
using PerceptionEncoder.Tensors;
using TorchSharp;

namespace PerceptionEncoder.Tests.Tensors;

public class ScalarsTests
{
    /// <summary>Where steps are computed and weights are drawn: millions of operators in a run.</summary>
    private static readonly string[] HotRooms = ["Losses", "Models", "Objectives", "Optimization", "Tensors"];

    public ScalarsTests() => TorchRuntime.Initialize();

    [Fact]
    public void A_number_outlives_the_call_it_is_made_for()
    {
        var number = MakeAndForget();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        Assert.True(number.IsAlive);

        // In a method of its own, so that no register of this one holds it.
        [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
        static WeakReference MakeAndForget() => new(Scalars.Of(2.5));
    }

    [Fact]
    public void Numbers_keep_their_kind()
    {
        Assert.Equal(2.5, Scalars.Of(2.5).ToDouble());
        Assert.Equal(torch.ScalarType.Float64, Scalars.Of(2.0).Type);
        Assert.Equal(torch.ScalarType.Int64, Scalars.Of(2).Type);
    }

    [Fact]
    public void Hot_rooms_hand_libtorch_no_number_that_nobody_holds()
    {
        var callers = Callers().ToArray();
        Assert.Contains(callers, caller => caller.Type == nameof(Scalars));
        var unheld = callers.Where(caller => HotRooms.Contains(caller.Room) && caller.Type != nameof(Scalars))
            .Select(caller => caller.Name);
        Assert.True(!unheld.Any(), string.Join('\n', unheld));
    }

    /// <summary>Methods of the library that make a number for libtorch or let TorchSharp make one, as the compiled code tells.</summary>
    private static IEnumerable<(string Room, string Type, string Name)> Callers()
    {
        using var file = new PEReader(File.OpenRead(typeof(Scalars).Assembly.Location));
        var metadata = file.GetMetadataReader();
        var makers = metadata.MemberReferences.Where(handle => IsOfTorchSharp(metadata, metadata.GetMemberReference(handle)))
            .Select(handle => MetadataTokens.GetToken(handle))
            .Select(token => (Token: token, Method: typeof(Scalars).Module.ResolveMethod(token)!))
            .Where(entry => MakesNumber(entry.Method)).ToDictionary(entry => entry.Token, entry => entry.Method.Name);
        foreach (var method in metadata.MethodDefinitions.Select(metadata.GetMethodDefinition))
        {
            var address = method.RelativeVirtualAddress;
            var code = address == 0 ? [] : file.GetMethodBody(address).GetILBytes()!;
            var type = metadata.GetTypeDefinition(method.GetDeclaringType());
            while (type.GetDeclaringType() is { IsNil: false } outer)
            {
                type = metadata.GetTypeDefinition(outer);
            }

            var (space, name) = (metadata.GetString(type.Namespace), metadata.GetString(type.Name));
            for (var i = 0; i + 4 < code.Length; i++)
            {
                if (code[i] is (byte)ILOpCode.Call or (byte)ILOpCode.Callvirt
                    && makers.TryGetValue(BitConverter.ToInt32(code, i + 1), out var maker))
                {
                    yield return (
                        space.Split('.').ElementAtOrDefault(1) ?? "", name, $"{space}.{name}, {metadata.GetString(method.Name)}: {maker}");
                }
            }
        }
    }

    private static bool IsOfTorchSharp(MetadataReader metadata, MemberReference member)
    {
        if (member.GetKind() != MemberReferenceKind.Method || member.Parent.Kind != HandleKind.TypeReference)
        {
            return false;
        }

        var type = metadata.GetTypeReference((TypeReferenceHandle)member.Parent);
        while (type.ResolutionScope.Kind == HandleKind.TypeReference)
        {
            type = metadata.GetTypeReference((TypeReferenceHandle)type.ResolutionScope);
        }

        return metadata.GetString(type.Namespace) == nameof(TorchSharp);
    }

    /// <summary>Read in TorchSharp 0.107: what turns a number into a scalar and holds it nowhere.</summary>
    private static bool MakesNumber(MethodBase method)
    {
        var parameters = method.GetParameters();
        return (method.DeclaringType!.Name, method.Name) switch
        {
            (nameof(Scalar), "op_Implicit") or (nameof(ScalarExtensionMethods), "ToScalar") => true,
            (nameof(torch.Tensor), "op_Addition" or "square") => true,                                       // x + y is x + 1 * y
            (nameof(torch.Tensor), "op_Subtraction") => parameters[0].ParameterType != typeof(torch.Tensor) || IsNumber(parameters[1]),
            (nameof(torch.Tensor), "add" or "add_") => parameters.Length == 1,
            (nameof(torch.Tensor), "addcdiv" or "addcdiv_") => parameters.Length == 2,
            (nameof(torch.Tensor), "op_Multiply" or "op_Division" or "op_Modulus") => Array.Exists(parameters, IsNumber),
            (nameof(torch), nameof(torch.arange)) => parameters.Count(parameter => parameter.ParameterType == typeof(Scalar)) < 3,
            _ => false,
        };

        static bool IsNumber(ParameterInfo parameter) => parameter.ParameterType.IsPrimitive;
    }
}
