using PerceptionEncoder.Models.Layers;
using PerceptionEncoder.Models.Vision;
using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Models;

public class HeadLayoutTests
{
    private const int Batch = 2;
    private const int Heads = 3;
    private const double Scale = 0.37;

    public HeadLayoutTests() => TorchRuntime.Initialize();

    /// <summary>Heads whole and not in lanes of sixteen; no rotation, one of all images, one of each image's own.</summary>
    public static TheoryData<ScalarType, int, bool, bool> Cases
    {
        get
        {
            var cases = new TheoryData<ScalarType, int, bool, bool>();
            foreach (var type in new[] { ScalarType.Float32, ScalarType.BFloat16 })
            {
                foreach (var size in new[] { 6, 9, 16, 24, 64, 70 })
                {
                    cases.Add(type, size, false, false);
                    cases.Add(type, size, true, false);
                    cases.Add(type, size, true, true);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public void Both_directions_are_those_of_plain_operators(ScalarType type, int size, bool rotate, bool ownRotations)
    {
        using var scope = NewDisposeScope();
        manual_seed(5);
        const int Side = 3;
        var rotations = rotate ? new Rope2D(size, useClassToken: true).Rotations(Side, Side, CPU) : null;
        const long Length = (Side * Side) + 1;
        if (rotations is not null && ownRotations)
        {
            rotations = rotations.unsqueeze(0).unsqueeze(0).expand(Batch, -1, -1, -1) * polar(ones(Batch, 1, Length, 1), rand(Batch, 1, Length, 1));
        }

        var projected = randn([Batch, Length, 3, Heads, size]).to(type);
        var plain = projected.to(float32).permute(2, 0, 3, 1, 4);
        Tensor Turn(Tensor part, Tensor? by) => by is null ? part : Rope2D.Rotate(part.contiguous(), by);
        var expected = stack([Turn(plain[0], rotations) * Scale, Turn(plain[1], rotations), plain[2]]);
        var heads = HeadLayout.ToHeads(projected, rotations, Scale);
        AssertClose(expected, heads, type);

        // The transpose of a linear map: <ToHeads(x), y> = <x, FromHeads(y)>.
        var back = randn([3, Batch * Heads, Length, size]).to(type);
        var gradient = HeadLayout.FromHeads(back[0], back[1], back[2], projected.shape, rotations, Scale);
        var (ahead, behind) = ((heads.to(float64).view_as(back) * back.to(float64)).sum().item<double>(), (projected.to(float64) * gradient.to(float64)).sum().item<double>());
        Assert.Equal(ahead, behind, type == ScalarType.Float32 ? 1e-3 : 0.5);
        Assert.Equal(projected.shape, gradient.shape);
    }

    [Fact]
    public void What_is_no_number_stays_none()
    {
        using var scope = NewDisposeScope();
        var projected = full([1, 1, 3, 1, 16], float.NaN).to(bfloat16);
        Assert.True(HeadLayout.ToHeads(projected, null, 1).isnan().all().item<bool>());
    }

    private static void AssertClose(Tensor expected, Tensor actual, ScalarType type)
    {
        Assert.Equal(type, actual.dtype);
        var difference = (expected - actual.to(float32)).abs().max().item<float>();
        Assert.True(difference <= (type == ScalarType.Float32 ? 2e-6f : 2e-2f), $"differs by {difference:E2}");
    }
}
