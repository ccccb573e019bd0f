using PerceptionEncoder.Tensors;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Tensors;

/// <summary>CPUs that round are imitated: the product is given.</summary>
public sealed class MatmulAccuracyTests
{
    public MatmulAccuracyTests() => TorchRuntime.Initialize();

    public static TheoryData<string> Forms =>
        [
            "one row without bias", "one row with bias", "rows without bias", "rows with bias", "tokens without bias", "tokens with bias",
            "transposed product", "plain product", "batched product",
        ];

    [Fact]
    public void Products_in_float32_pass_by_a_wide_margin()
        => Assert.InRange(MatmulAccuracy.Error(MatmulProducts.Torch), 1e-9, MatmulAccuracy.Limit / 5);

    [Theory]
    [MemberData(nameof(Forms))]
    public void Rounding_to_bfloat16_in_a_single_form_is_seen(string form)
        => Assert.True(MatmulAccuracy.Error(Rounding(form, Bfloat16)) > 10 * MatmulAccuracy.Limit);

    [Theory]
    [MemberData(nameof(Forms))]
    public void Rounding_to_the_ten_bits_of_TF32_in_a_single_form_is_seen(string form)
        => Assert.True(MatmulAccuracy.Error(Rounding(form, Tf32)) > 10 * MatmulAccuracy.Limit);

    [Fact]
    public void Auto_takes_oneDNN_only_where_MKL_is_slow_and_oneDNN_exact()
    {
        var exact = MatmulAccuracy.Error(MatmulProducts.Torch);
        var rounding = MatmulAccuracy.Error(Rounding("tokens with bias", Bfloat16));
        Assert.Equal(CpuMatmul.OneDnn, Auto(offered: true, mklIsSlow: true, exact));
        Assert.Equal(CpuMatmul.Mkl, Auto(offered: true, mklIsSlow: true, rounding));
        Assert.Equal(CpuMatmul.Mkl, Auto(offered: true, mklIsSlow: true, double.NaN));
        Assert.Equal(CpuMatmul.Mkl, Auto(offered: true, mklIsSlow: false, exact));
        Assert.Equal(CpuMatmul.Mkl, Auto(offered: false, mklIsSlow: true, exact));

        static CpuMatmul Auto(bool offered, bool mklIsSlow, double error)
            => MatmulBackend.Choose(CpuMatmul.Auto, offered, mklIsSlow, () => error);
    }

    [Fact]
    public void OneDNN_on_a_CPU_where_it_rounds_is_one_line_that_names_the_way_to_ask_for_rounding()
    {
        var rounding = MatmulAccuracy.Error(Rounding("rows with bias", Bfloat16));
        var message = Assert.Throws<UserErrorException>(
            () => MatmulBackend.Choose(CpuMatmul.OneDnn, offered: true, mklIsSlow: true, () => rounding)).Message;
        Assert.Contains("precision: bf16", message);
        Assert.DoesNotContain('\n', message);
        Assert.Equal(CpuMatmul.OneDnn, MatmulBackend.Choose(CpuMatmul.OneDnn, offered: true, mklIsSlow: false, () => 1e-7));
        Assert.Throws<UserErrorException>(() => MatmulBackend.Choose(CpuMatmul.OneDnn, offered: false, mklIsSlow: true, () => 1e-7));
    }

    [Fact]
    public void Trying_the_products_draws_nothing_from_torchs_generator()
    {
        manual_seed(3);
        var expected = rand(4);
        manual_seed(3);
        MatmulAccuracy.Error(MatmulProducts.Torch);
        MatmulBackend.Use(CpuMatmul.Auto);
        Assert.Equal(expected.data<float>().ToArray(), rand(4).data<float>().ToArray());
    }

    /// <summary>torch's products, but for one form.</summary>
    private static MatmulProducts Rounding(string form, Func<Tensor, Tensor> round) => new(
        (input, weight, bias) =>
        {
            var shape = input.dim() == 3 ? "tokens" : input.shape[0] == 1 ? "one row" : "rows";
            var rounds = form == $"{shape} {(bias is null ? "without" : "with")} bias";
            return MatmulProducts.Torch.Linear(rounds ? round(input) : input, rounds ? round(weight) : weight, bias);
        },
        (left, right) =>
        {
            var rounds = form == (left.dim() == 3 ? "batched product" : left.is_contiguous() ? "plain product" : "transposed product");
            return MatmulProducts.Torch.Product(rounds ? round(left) : left, rounds ? round(right) : right);
        });

    private static Tensor Bfloat16(Tensor values) => values.to(bfloat16).to(float32);

    /// <summary>Drops 13 of the 23 bits behind the point, by Veltkamp's split.</summary>
    private static Tensor Tf32(Tensor values)
    {
        var scaled = values * 8193;
        return scaled - (scaled - values);
    }
}
