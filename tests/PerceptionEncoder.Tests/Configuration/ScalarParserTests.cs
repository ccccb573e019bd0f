using System.Globalization;
using CsCheck;
using PerceptionEncoder.Configuration;

namespace PerceptionEncoder.Tests.Configuration;

public class ScalarParserTests
{
    [Theory]
    [InlineData("200k", 200_000L)]
    [InlineData("3M", 3_000_000L)]
    [InlineData("58B", 58_000_000_000L)]
    [InlineData("1.5k", 1500L)]
    [InlineData("2e3", 2000L)]
    [InlineData("2.50E+2", 250L)]
    [InlineData("20e-1", 2L)]
    [InlineData("1_000", 1000L)]
    [InlineData("+7", 7L)]
    [InlineData("-7", -7L)]
    [InlineData("5.", 5L)]
    [InlineData("0e999", 0L)]
    [InlineData("-9223372036854775808", long.MinValue)]
    public void An_integer_may_be_written_in_any_exact_way(string text, long expected) => Assert.Equal(expected, Parse<long>(text));

    [Theory]
    [InlineData("1.5")]
    [InlineData("1e-1")]
    [InlineData("1e999")]
    [InlineData("9223372036854775808")]
    [InlineData("32K")]
    [InlineData("k")]
    [InlineData("1kk")]
    [InlineData("1e3k")]
    [InlineData("_1")]
    [InlineData("1 000")]
    [InlineData("0x10")]
    [InlineData("4/2")]
    [InlineData("١")]
    [InlineData("1\n")]
    [InlineData(".")]
    [InlineData("-")]
    public void What_is_no_exact_integer_is_refused(string text) => Assert.Null(ScalarParser.Parse(typeof(long), Scalar(text)));

    [Theory]
    [InlineData("1/16", 0.0625)]
    [InlineData("-1 / 4", -0.25)]
    [InlineData("1k/4", 250.0)]
    [InlineData("2e-3", 2e-3)]
    [InlineData("0.1k", 100.0)]
    [InlineData(".5", 0.5)]
    [InlineData("-.inf", double.NegativeInfinity)]
    [InlineData(".nan", double.NaN)]
    public void A_number_may_be_a_fraction(string text, double expected) => Assert.Equal(expected, Parse<double>(text));

    [Theory]
    [InlineData("1/0")]
    [InlineData("1/2/3")]
    [InlineData("/2")]
    [InlineData("1e400")]
    [InlineData("NaN")]
    [InlineData("Infinity")]
    [InlineData("1,5")]
    public void What_is_no_number_is_refused(string text) => Assert.Null(ScalarParser.Parse(typeof(double), Scalar(text)));

    [Fact]
    public void Every_long_survives_its_spelling() => Gen.Long.Sample(value => Parse<long>(ConfigYaml.Spell(value)) == value);

    [Fact]
    public void Every_double_survives_its_spelling() => Gen.Double.Sample(value => Parse<double>(ConfigYaml.Spell(value)).Equals(value));

    [Fact]
    public void A_suffix_is_its_power_of_ten() =>
        Gen.Select(Gen.Decimal[-1_000_000, 1_000_000], Gen.OneOf(("k", 3), ("M", 6), ("B", 9))).Sample((value, suffix) =>
        {
            value = decimal.Round(value, 3);
            var text = value.ToString(CultureInfo.InvariantCulture);
            return Parse<long>(text + suffix.Item1) == (long)(value * (decimal)Math.Pow(10, suffix.Item2))
                && Parse<double>(text + suffix.Item1) == Parse<double>($"{text}e{suffix.Item2}");
        });

    [Theory]
    [InlineData("adamw")]
    [InlineData("lamb")]
    public void An_enum_member_has_its_config_name(string text) => Assert.Equal(text, ConfigYaml.Spell(Parse<ExampleAlgorithm>(text)));

    [Theory]
    [InlineData("LearningRate", "learning_rate")]
    [InlineData("UseRope2D", "use_rope2d")]
    [InlineData("Fp32", "fp32")]
    [InlineData("UseLnPre", "use_ln_pre")]
    [InlineData("MLPRatio", "mlp_ratio")]
    [InlineData("L2Norm", "l2_norm")]
    public void A_key_is_the_snake_case_of_its_property(string name, string key) => Assert.Equal(key, SnakeCase.Of(name));

    [Theory]
    [InlineData("learning_rtae", "learning_rate")]
    [InlineData("learningRate", "learning_rate")]
    [InlineData("learning-rate", "learning_rate")]
    [InlineData("wd", "weight_decay")]
    [InlineData("beta", "betas")]
    [InlineData("zzz", null)]
    [InlineData("", null)]
    public void The_nearest_name_is_found_where_one_is_near(string unknown, string? expected) =>
        Assert.Equal(expected, NearestName.Find(unknown, ["type", "learning_rate", "betas", "weight_decay", "clip"]));

    private static ConfigScalar Scalar(string text) => new(text, default);

    private static T Parse<T>(string text) => Assert.IsType<T>(ScalarParser.Parse(typeof(T), Scalar(text)));
}
