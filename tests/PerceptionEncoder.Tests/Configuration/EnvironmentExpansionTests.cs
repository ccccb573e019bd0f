namespace PerceptionEncoder.Tests.Configuration;

public sealed class EnvironmentExpansionTests : IDisposable
{
    private readonly ConfigFolder _folder = new() { Environment = { ["A"] = "1", ["WORD"] = "word", ["EMPTY"] = "", ["YAML"] = "{a: 1}" } };

    [Theory]
    [InlineData("name: ${WORD}", "word")]
    [InlineData("name: x-${WORD}-${A}", "x-word-1")]
    [InlineData("name: ${NONE:-a b}", "a b")]
    [InlineData("name: ${EMPTY:-filled}", "filled")]
    [InlineData("name: ${WORD:-unused}", "word")]
    [InlineData("name: \"${EMPTY}\"", "")]
    [InlineData("name: \"${NONE:-../data}/{00000..00004}.tar\"", "../data/{00000..00004}.tar")]
    [InlineData("name: \"${NONE:-/data/{00000..00004}.tar}\"", "/data/{00000..00004}.tar")]
    [InlineData("name: \"${NONE:-/data/{a,b}/{0..4}-x.tar} ${A}\"", "/data/{a,b}/{0..4}-x.tar 1")]
    [InlineData("name: $${WORD}", "${WORD}")]
    [InlineData("name: $$${WORD}", "$${WORD}")]
    [InlineData("name: $5 and $WORD", "$5 and $WORD")]
    [InlineData("name: ${YAML}", "{a: 1}")]
    public void A_variable_is_replaced_by_its_text(string yaml, string expected) => Assert.Equal(expected, Load(yaml).Name);

    [Fact]
    public void A_variable_may_hold_a_number_even_where_yaml_asks_for_quotes()
    {
        var config = Load("stages: [{resolution: \"${A}6\", samples: \"${NONE:-2k}\"}]\nmask: {ratio: \"${A}/4\"}");

        Assert.Equal((16, 2000), (config.Stages[0].Resolution, config.Stages[0].Samples));
        Assert.Equal(0.25, config.Mask!.Ratio);
    }

    [Fact]
    public void An_empty_variable_leaves_a_nullable_value_out() => Assert.Null(Load("optimizer: {clip: \"${EMPTY}\"}").Optimizer.Clip);

    [Theory]
    [InlineData("name: a${NONE}", "main.yaml:1:7: name: the environment variable NONE is not set; set it or write ${NONE:-default}")]
    [InlineData("seed: ${NONE}", "main.yaml:1:7: seed: the environment variable NONE is not set; set it or write ${NONE:-default}")]
    [InlineData("name: ${WORD", "main.yaml:1:7: name: '${' without '}'; write '$${' for a literal '${'")]
    [InlineData("name: ${2X}", "main.yaml:1:7: name: '2X' is not the name of an environment variable; write '$${' for a literal '${'")]
    [InlineData(
        "stages: [{resolution: \"${WORD}\", samples: 1}]",
        "main.yaml:1:23: stages[0].resolution: expected an integer, found \"word\"")]
    public void A_variable_that_gives_no_value_is_one_line(string yaml, string expected) =>
        Assert.Equal([expected], _folder.With(ConfigFolder.Main, yaml).Problems<ExampleConfig>());

    [Fact]
    public void A_value_that_is_overridden_needs_no_variable() =>
        Assert.Equal("given", _folder.With(ConfigFolder.Main, "name: ${NONE}").Load<ExampleConfig>("name=given").Value.Name);

    public void Dispose() => _folder.Dispose();

    private ExampleConfig Load(string yaml) => _folder.With(ConfigFolder.Main, yaml).Load<ExampleConfig>().Value;
}
