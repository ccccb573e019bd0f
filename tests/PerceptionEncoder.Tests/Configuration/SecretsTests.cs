using PerceptionEncoder.Configuration;
using PerceptionEncoder.Training;
using PerceptionEncoder.Training.Reports;

namespace PerceptionEncoder.Tests.Configuration;

public sealed class SecretsTests : IDisposable
{
    // Secrets are kept for the whole process: values that no other test has.
    private readonly ConfigFolder _folder = new()
    {
        Environment = { ["HF_TOKEN"] = "hf_9Qz\"w+7/Lp", ["PE_PLACE"] = "place-${x}", ["MY_PWD"] = "u7x" },
    };

    [Theory]
    [InlineData("HF_TOKEN", true)]
    [InlineData("HUGGINGFACEHUB_API_TOKEN", true)]
    [InlineData("hf_token", true)]
    [InlineData("WANDB_API_KEY", true)]
    [InlineData("AWS_SECRET_ACCESS_KEY", true)]
    [InlineData("PGPASSWORD", true)]
    [InlineData("MYSQL_PWD", true)]
    [InlineData("GITHUB_PAT", true)]
    [InlineData("DB_PASSWORD_2", true)]
    [InlineData("CREDENTIALS", true)]
    [InlineData("PE_TOKENIZER", false)]
    [InlineData("PWD", false)]
    [InlineData("PE_VOCAB", false)]
    [InlineData("KEYBOARD", false)]
    [InlineData("PATH", false)]
    [InlineData("PE_DATA_DIR", false)]
    public void A_secret_is_told_by_its_name(string name, bool expected) => Assert.Equal(expected, Secrets.IsSecret(name));

    [Fact]
    public void A_resolved_config_keeps_the_reference_and_loads_again_with_it()
    {
        var config = _folder.With(ConfigFolder.Main, "name: \"${PE_PLACE}/$${y}?t=${HF_TOKEN}&p=${MY_PWD}\"").Load<ExampleConfig>();
        Assert.Equal("place-${x}/${y}?t=hf_9Qz\"w+7/Lp&p=u7x", config.Value.Name);
        var yaml = config.ToYaml();
        Assert.Contains("name: \"place-$${x}/$${y}?t=${HF_TOKEN}&p=${MY_PWD}\"", yaml, StringComparison.Ordinal);
        Assert.Equal(config.Value.Name, _folder.With(ConfigFolder.Main, yaml).Load<ExampleConfig>().Value.Name);
    }

    [Fact]
    public void A_secret_named_by_an_override_is_kept_out_too() =>
        Assert.Contains(
            "name: \"${HF_TOKEN}\"",
            _folder.With(ConfigFolder.Main, "seed: 1").Load<ExampleConfig>("name=${HF_TOKEN}").ToYaml(),
            StringComparison.Ordinal);

    [Fact]
    public void A_default_beside_an_unset_secret_is_a_secret_too_but_a_short_one_stays_a_word()
    {
        Assert.Contains(
            "name: \"a ${OTHER_TOKEN}\"",
            _folder.With(ConfigFolder.Main, "name: a ${OTHER_TOKEN:-none}").Load<ExampleConfig>().ToYaml(),
            StringComparison.Ordinal);
        Assert.Equal("there is none", Secrets.Conceal("there is none"));
        Assert.Contains(
            "name: \"${SPARE_TOKEN}\"",
            _folder.With(ConfigFolder.Main, "name: ${SPARE_TOKEN:-sp4re-Value}").Load<ExampleConfig>().ToYaml(),
            StringComparison.Ordinal);
        Assert.Equal("it is ${SPARE_TOKEN}", Secrets.Conceal("it is sp4re-Value"));
        Assert.Contains(
            "name: ''",
            _folder.With(ConfigFolder.Main, "name: ${OTHER_TOKEN:-}").Load<ExampleConfig>().ToYaml().Replace('"', '\''),
            StringComparison.Ordinal);
    }

    [Fact]
    public void Json_has_the_reference_in_its_texts_and_its_numbers_stay()
    {
        _folder.Environment["PIN_CODE_TOKEN"] = "987654";
        _folder.With(ConfigFolder.Main, "name: ${PIN_CODE_TOKEN}").Load<ExampleConfig>();
        var json = Secrets.Conceal(
            System.Text.Json.Nodes.JsonNode.Parse("""{"a": "x987654", "b": 9876543, "c": ["987654", {"d": "987654"}, null]}"""));
        Assert.Equal(
            """{"a":"x${PIN_CODE_TOKEN}","b":9876543,"c":["${PIN_CODE_TOKEN}",{"d":"${PIN_CODE_TOKEN}"},null]}""",
            json!.ToJsonString());
    }

    [Fact]
    public void A_message_about_a_secret_does_not_say_it() =>
        Assert.Equal(
            ["main.yaml:1:7: seed: expected an integer of at least 0, found \"${HF_TOKEN}\""],
            _folder.With(ConfigFolder.Main, "seed: ${HF_TOKEN}").Problems<ExampleConfig>());

    [Theory]
    [InlineData("Teacher: https://host/hf_9Qz\"w+7/Lp/x", "Teacher: https://host/${HF_TOKEN}/x")]
    [InlineData("https://host/?t=hf_9Qz%22w%2B7%2FLp", "https://host/?t=${HF_TOKEN}")]
    [InlineData("{\"Path\":\"hf_9Qz\\u0022w\\u002B7/Lp\"}", "{\"Path\":\"${HF_TOKEN}\"}")]
    [InlineData("nothing of it", "nothing of it")]
    public void Text_has_the_reference_in_place_of_the_value_in_each_of_its_spellings(string text, string expected)
    {
        _folder.With(ConfigFolder.Main, "name: ${HF_TOKEN}").Load<ExampleConfig>();
        Assert.Equal(expected, Secrets.Conceal(text));
    }

    [Fact]
    public void A_report_has_no_secret()
    {
        _folder.With(ConfigFolder.Main, "name: ${HF_TOKEN}").Load<ExampleConfig>();
        var run = Path.GetDirectoryName(_folder.PathOf(ConfigFolder.Main))!;
        File.WriteAllText(Path.Combine(run, "metrics.jsonl"), "{\"step\": 1, \"loss\": 1}\n");
        var page = File.ReadAllText(RunReport.Write(
            run,
            new RunReportContent { Name = "run of hf_9Qz\"w+7/Lp", Status = RunStatus.Finished, Date = DateTimeOffset.UnixEpoch }));
        Assert.Contains("run of ${HF_TOKEN}", page, StringComparison.Ordinal);
        Assert.DoesNotContain("hf_9Qz", page, StringComparison.Ordinal);
    }

    public void Dispose() => _folder.Dispose();
}
