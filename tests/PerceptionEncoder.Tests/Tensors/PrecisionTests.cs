using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Tensors;

public sealed class PrecisionTests
{
    [Fact]
    public void What_nobody_chose_is_float32_on_the_CPU_and_says_so()
    {
        TorchRuntime.Initialize();
        Assert.Equal(Precision.Auto, default);
        Assert.Equal((Precision.Fp32, float32), (Precision.Auto.On(CPU), Precision.Auto.TypeOn(CPU)));
        Assert.Equal(Precision.Fp32.Products(CPU), Precision.Auto.Products(CPU));
        Assert.Null(Precision.Auto.Enter(CPU));
    }

    [Theory]
    [InlineData(Precision.Fp32)]
    [InlineData(Precision.Bf16)]
    public void What_was_chosen_stays(Precision precision) => Assert.Equal(precision, precision.On(CPU));
}
