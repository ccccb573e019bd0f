namespace PerceptionEncoder.Tests.Configuration;

public sealed class ConfigProblemTests : IDisposable
{
    private readonly ConfigFolder _folder = new();

    [Theory]
    [InlineData("seed: big", "main.yaml:1:7: seed: expected an integer of at least 0, found \"big\"")]
    [InlineData("seed: -1", "main.yaml:1:7: seed: expected an integer of at least 0, found \"-1\"")]
    [InlineData("name:\n  a: 1", "main.yaml:2:3: name: expected text, found a map")]
    [InlineData("name:", "main.yaml:1:6: name: expected text, found nothing")]
    [InlineData("use_rope2d: yes", "main.yaml:1:13: use_rope2d: expected true or false, found \"yes\"")]
    [InlineData("precision: fp16", "main.yaml:1:12: precision: expected one of fp32, bf16, found \"fp16\"")]
    [InlineData("stages: 3", "main.yaml:1:9: stages: expected a list, found \"3\"")]
    [InlineData("optimizer: [1]", "main.yaml:1:12: optimizer: expected a map of keys, found a list")]
    [InlineData("optimizer: ~", "main.yaml:1:12: optimizer: expected a map of keys, found null; leave the key out to keep its defaults")]
    [InlineData("optimizer: {learning_rate: fast}", "main.yaml:1:28: optimizer.learning_rate: expected a number, found \"fast\"")]
    [InlineData(
        "optimizer: {learning_rate: \"1\"}",
        "main.yaml:1:28: optimizer.learning_rate: expected a number, found the quoted text \"1\"; remove the quotes")]
    [InlineData("weights: {a: x}", "main.yaml:1:14: weights.a: expected a number, found \"x\"")]
    [InlineData("crop_scale: 1", "main.yaml:1:13: crop_scale: expected [low, high], found \"1\"")]
    [InlineData("crop_scale: [1]", "main.yaml:1:13: crop_scale: expected [low, high], found a list of 1")]
    [InlineData("crop_scale: [0, x]", "main.yaml:1:17: crop_scale[1]: expected a number, found \"x\"")]
    [InlineData("crop_scale: [1, 0.5]", "main.yaml:1:13: crop_scale: the low end 1 is above the high end 0.5")]
    public void A_wrong_type_is_named_where_it_stands(string yaml, string expected) => Assert.Equal([expected], Problems(yaml));

    [Theory]
    [InlineData("optimizer:\n  learnin_rate: 1", "main.yaml:2:3: optimizer: unknown key 'learnin_rate'; did you mean 'learning_rate'?")]
    [InlineData("optimizer: {lr: 1}", "main.yaml:1:13: optimizer: unknown key 'lr'; did you mean 'learning_rate'?")]
    [InlineData("Optimizer: {}", "main.yaml:1:1: unknown key 'Optimizer'; did you mean 'optimizer'?")]
    [InlineData("mask: {ratio: 1, colour: red}", "main.yaml:1:18: mask: unknown key 'colour'; valid: share, ratio")]
    public void An_unknown_key_is_named_with_the_nearest_valid_one(string yaml, string expected)
        => Assert.Equal([expected], Problems(yaml));

    [Theory]
    [InlineData("stages: [{resolution: 0, samples: 1}]", "main.yaml:1:23: stages[0].resolution: expected at least 1, found 0")]
    [InlineData("optimizer: {learning_rate: 0}", "main.yaml:1:28: optimizer.learning_rate: expected a number above 0, found 0")]
    [InlineData("optimizer: {learning_rate: .nan}", "main.yaml:1:28: optimizer.learning_rate: expected a number above 0, found NaN")]
    [InlineData("optimizer: {betas: [0.9, 1]}", "main.yaml:1:26: optimizer.betas[1]: expected a number from 0 to below 1, found 1")]
    [InlineData("stages: [{resolution: 8, samples: 0}]", "main.yaml:1:35: stages[0].samples: expected at least 1, found 0")]
    [InlineData("mask: {share: 2, ratio: 1}", "main.yaml:1:15: mask.share: expected a number from 0 to 1, found 2")]
    [InlineData("mask: {share: 1}", "main.yaml:1:7: mask.ratio: this key is required")]
    [InlineData("mask: {ratio: 0}", "main.yaml:1:7: mask: the mask hides nothing")]
    [InlineData("stages:\n- samples: 1", "main.yaml:2:3: stages[0].resolution: this key is required")]
    [InlineData("model: huge", "main.yaml:1:8: model.preset: unknown preset 'huge'; valid: small, large")]
    [InlineData("optimizer: {weight_decay: 9}", "main.yaml:1:27: optimizer.weight_decay: the weight decay drowns the learning rate")]
    [InlineData(
        "stages: [{resolution: 32, samples: 1}, {resolution: 16, samples: 1}]",
        "main.yaml:1:53: stages[1].resolution: resolution must not fall")]
    public void A_value_that_breaks_a_rule_is_named_where_it_stands(string yaml, string expected)
        => Assert.Equal([expected], Problems(yaml));

    [Theory]
    [InlineData("name: a\noptimizer:\n\tlearning_rate: 1\n", "3:1")]
    [InlineData("optimizer:\n  learning_rate: 1\n\tclip: 1\n", "3:1")]
    [InlineData("optimizer:\n  learning_rate: 1\n  \tclip: 1\n", "3:3")]
    [InlineData("name: a\nstages:\n  - {resolution: 3,\n\tsamples: 1}\nseed: 1\n", "4:1")]
    [InlineData("name: |\n  \ttext that may have one\nseed: 1\nmodel:\n\tpreset: small\n", "5:1")]
    public void A_tab_that_indents_is_named_where_it_stands(string yaml, string place) =>
        Assert.Equal([$"main.yaml:{place}: not valid YAML: a tab indents this line; put spaces in its place"], Problems(yaml));

    [Theory]
    [InlineData("name: {00000..00009}.tar\nseed: 1", "1:7", "{00000..00009}.tar")]
    [InlineData("stages: [{resolution: /my-data/{0..3}.tar, samples: 1}]", "1:23", "/my-data/{0..3}.tar")]
    [InlineData("seed: 1\nstages:\n  - {resolution: gs://data/x-{0..3}.tar}\n", "3:18", "gs://data/x-{0..3}.tar")]
    public void A_pattern_without_quotes_is_shown_with_them(string yaml, string place, string pattern)
        => Assert.Equal([$"main.yaml:{place}: not valid YAML: a pattern with braces needs quotes: \"{pattern}\""], Problems(yaml));

    [Fact]
    public void Damage_elsewhere_in_a_line_with_a_quoted_pattern_is_not_blamed_on_it()
        => Assert.DoesNotContain(
            "needs quotes",
            Assert.Single(Problems("stages: [{resolution: \"/x/{0..3}.tar\", samples: [1}]")),
            StringComparison.Ordinal);

    [Fact]
    public void A_list_of_the_wrong_length_is_named_where_it_stands() =>
        Assert.StartsWith("main.yaml:1:20: optimizer.betas: ", Assert.Single(Problems("optimizer: {betas: [0.9]}")));

    [Theory]
    [InlineData("seed: 1\nseed: 2", "main.yaml:2:1: duplicate key 'seed', first at line 1")]
    [InlineData("3", "main.yaml:1:1: expected a map of keys, found \"3\"")]
    [InlineData("- a", "main.yaml:1:1: expected a map of keys, found a list")]
    [InlineData("seed: !!int 1", "main.yaml:1:7: not valid YAML: remove the tag 'tag:yaml.org,2002:int'; types come from the key")]
    [InlineData("seed: 1\n---\nseed: 2", "main.yaml:2:1: not valid YAML: a config is one document; remove what follows '---'")]
    [InlineData("? [a]\n: 1", "main.yaml:1:3: not valid YAML: a key must be plain text")]
    [InlineData("seed: *none", "main.yaml:1:7: not valid YAML: no anchor 'none' before this alias")]
    public void A_document_that_is_no_config_is_one_line(string yaml, string expected) => Assert.Equal([expected], Problems(yaml));

    [Theory]
    [InlineData("stages: [", 2)]
    [InlineData("name: 'open", 1)]
    [InlineData("a: b: c", 1)]
    [InlineData("seed: 1\n\tname: x", 2)]
    public void A_syntax_error_is_one_line_with_its_position(string yaml, int line) =>
        Assert.Matches($@"^main\.yaml:[1-{line}]:\d+: not valid YAML: \S", Assert.Single(Problems(yaml)));

    [Fact]
    public void All_problems_come_at_once_in_the_order_of_the_file()
    {
        var problems = Problems("""
            seed: x
            stages:
              - {resolution: big, samples: 1}
              - {resolution: -1, sample: 200k}
            optimzer: {}
            precision: int8
            """);

        Assert.Equal(
            [
                "main.yaml:1:7: seed: expected an integer of at least 0, found \"x\"",
                "main.yaml:3:18: stages[0].resolution: expected an integer, found \"big\"",
                "main.yaml:4:5: stages[1].samples: this key is required",
                "main.yaml:4:18: stages[1].resolution: expected at least 1, found -1",
                "main.yaml:4:22: stages[1]: unknown key 'sample'; did you mean 'samples'?",
                "main.yaml:5:1: unknown key 'optimzer'; did you mean 'optimizer'?",
                "main.yaml:6:12: precision: expected one of fp32, bf16, found \"int8\"",
            ],
            problems);
    }

    [Fact]
    public void A_line_break_in_a_key_stays_out_of_the_message() =>
        Assert.StartsWith("main.yaml:1:1: unknown key 'a b'", Assert.Single(Problems("\"a\\nb\": 1")));

    [Fact]
    public void A_missing_file_is_one_line()
    {
        Assert.Equal(["main.yaml: no such config file"], _folder.Problems<ExampleConfig>());
    }

    [Fact]
    public void A_folder_in_place_of_a_file_is_one_line()
    {
        Directory.CreateDirectory(_folder.PathOf(ConfigFolder.Main));

        Assert.StartsWith("main.yaml: cannot be read as a config file: ", Assert.Single(_folder.Problems<ExampleConfig>()));
    }

    [Fact]
    public void Aliases_of_aliases_do_not_blow_up()
    {
        var levels = Enumerable.Range(1, 20).Select(i => $"  - &a{i} [{string.Join(", ", Enumerable.Repeat($"*a{i - 1}", 9))}]");

        Assert.Contains("more than", Assert.Single(Problems("stages:\n  - &a0 [1]\n" + string.Join('\n', levels))));
    }

    [Fact]
    public void Deep_nesting_does_not_overflow_the_stack() =>
        Assert.Contains("nested deeper than", Assert.Single(Problems("stages: " + new string('[', 100) + new string(']', 100))));

    public void Dispose() => _folder.Dispose();

    private string[] Problems(string yaml) => _folder.With(ConfigFolder.Main, yaml).Problems<ExampleConfig>();
}
