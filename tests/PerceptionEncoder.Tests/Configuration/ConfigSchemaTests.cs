using System.Text.Json.Nodes;
using PerceptionEncoder.Configuration;
using PerceptionEncoder.Recipes;

namespace PerceptionEncoder.Tests.Configuration;

public class ConfigSchemaTests
{
    private readonly JsonNode _schema = JsonNode.Parse(ConfigSchema.Generate<ExampleConfig>())!;

    [Fact]
    public void The_schema_names_its_draft_and_allows_extends_at_the_top_only()
    {
        Assert.Equal("https://json-schema.org/draft/2020-12/schema", (string?)_schema["$schema"]);
        Assert.Equal("string", (string?)_schema["properties"]!["extends"]!["type"]);
        Assert.All(Definitions(), definition => Assert.Null(definition["properties"]!["extends"]));
    }

    [Fact]
    public void No_record_takes_a_key_that_it_does_not_have() =>
        Assert.All(Definitions().Append(_schema), definition => Assert.False((bool)definition["additionalProperties"]!));

    [Fact]
    public void Every_reference_leads_to_a_definition()
    {
        var references = Everywhere(_schema)
            .Select(node => (string?)(node as JsonObject)?["$ref"])
            .Where(reference => reference is not null).ToArray();

        Assert.NotEmpty(references);
        Assert.All(references, reference => Assert.NotNull(_schema["$defs"]![reference!["#/$defs/".Length..]]));
    }

    [Fact]
    public void Defaults_are_those_a_config_would_get()
    {
        Assert.Equal("example", (string?)_schema["properties"]!["name"]!["default"]);
        Assert.Equal("[0.08,1]", _schema["properties"]!["crop_scale"]!["default"]!.ToJsonString());
        Assert.Equal("lamb", (string?)Definition(nameof(ExampleOptimizer), "type")["default"]);
        Assert.Equal(0.05, (double?)_schema["properties"]!["optimizer"]!["default"]!["weight_decay"]);
        Assert.Null(_schema["properties"]!["model"]!["default"]);
        Assert.Null(Definition(nameof(ExampleStage), "resolution")["default"]);
    }

    [Fact]
    public void Bounds_choices_and_null_are_stated()
    {
        Assert.Equal(1, (double?)Definition(nameof(ExampleStage), "resolution")["minimum"]);
        Assert.Equal(0, (double?)Definition(nameof(ExampleOptimizer), "learning_rate")["exclusiveMinimum"]);
        Assert.Equal(1, (double?)Definition(nameof(ExampleOptimizer), "betas")["items"]!["exclusiveMaximum"]);
        Assert.Equal(
            (2, 2),
            (
                (int)Definition(nameof(ExampleOptimizer), "betas")["minItems"]!,
                (int)Definition(nameof(ExampleOptimizer), "betas")["maxItems"]!));
        Assert.Equal("""["lamb","adamw"]""", Definition(nameof(ExampleOptimizer), "type")["anyOf"]![0]!["enum"]!.ToJsonString());
        Assert.Contains("null", Definition(nameof(ExampleTower), "output_dim")["type"]!.AsArray().Select(type => (string?)type));
        Assert.Contains(_schema["properties"]!["mask"]!["anyOf"]!.AsArray(), choice => (string?)choice!["type"] == "null");
    }

    [Fact]
    public void Required_keys_may_come_from_a_base() => Assert.Equal(
        """[{"required":["extends"]},{"required":["ratio"]}]""",
        JsonNode.Parse(ConfigSchema.Generate<ExampleMask>())!["anyOf"]!.ToJsonString());

    [Fact]
    public void An_item_of_a_list_has_its_own_required_keys_since_no_base_joins_it() =>
        Assert.Equal("""["resolution","samples"]""", _schema["$defs"]![nameof(ExampleStage)]!["required"]!.ToJsonString());

    [Fact]
    public void Required_keys_of_a_section_are_demanded_where_no_base_may_hold_them()
    {
        Assert.Null(_schema["$defs"]![nameof(ExampleMask)]!["required"]);
        Assert.Equal("""[{"required":["extends"]},{"properties":{"mask":{"required":["ratio"]}}}]""", _schema["anyOf"]!.ToJsonString());
        var pretrain = Schema<PretrainConfig>();
        Assert.Equal("""["run","model","tokenizer","data","stages"]""", pretrain["anyOf"]![1]!["required"]!.ToJsonString());
        Assert.Equal("""["name"]""", pretrain["anyOf"]![1]!["properties"]!["run"]!["required"]!.ToJsonString());
        Assert.Equal("""["train"]""", pretrain["anyOf"]![1]!["properties"]!["data"]!["required"]!.ToJsonString());
        Assert.Equal(
            """["shards"]""",
            pretrain["$defs"]![nameof(PerceptionEncoder.Data.Shards.SourceOptions)]!["required"]!.ToJsonString());
    }

    [Theory]
    [InlineData("VisionOptions", "width")]
    [InlineData("VisionOptions", "patch_size")]
    [InlineData("TextOptions", "heads")]
    public void A_tower_has_at_least_one_of_everything(string record, string key) =>
        Assert.Equal(1, (double?)Schema<PretrainConfig>()["$defs"]![record]!["properties"]![key]!["minimum"]);

    [Fact]
    public void A_list_that_must_hold_something_and_a_number_without_sign_say_so()
    {
        var pretrain = Schema<PretrainConfig>();
        Assert.Equal(1, (int?)pretrain["properties"]!["stages"]!["minItems"]);
        Assert.Equal(0, (double?)pretrain["$defs"]!["RunOptions"]!["properties"]!["seed"]!["minimum"]);
        Assert.Equal(1, (double?)pretrain["$defs"]!["TokenizerOptions"]!["properties"]!["context"]!["minimum"]);
    }

    [Fact]
    public void A_pattern_of_a_name_leaves_room_for_variables()
    {
        var pattern = (string)Schema<PretrainConfig>()["$defs"]!["RunOptions"]!["properties"]!["name"]!["pattern"]!;
        Assert.Matches(pattern, "cifar10");
        Assert.Matches(pattern, "${NAME:-a/b}");
        Assert.DoesNotMatch(pattern, "a/b");
    }

    [Fact]
    public void Each_recipe_shows_its_own_defaults()
    {
        var (pretrain, video, distill) = (Schema<PretrainConfig>(), Schema<FinetuneVideoConfig>(), Schema<DistillConfig>());
        Assert.Equal(
            [2e-3, 1e-6, 1e-6],
            new[] { pretrain, video, distill }
                .Select(schema => (double)schema["$defs"]!["OptimizerOptions"]!["properties"]!["learning_rate"]!["default"]!));
        Assert.Equal(0.4, (double?)pretrain["$defs"]!["RegularizationOptions"]!["properties"]!["mask"]!["default"]!["ratio"]);
        Assert.All(
            new[] { video, distill },
            schema => Assert.Null(schema["$defs"]!["RegularizationOptions"]!["properties"]!["mask"]!["default"]));
        Assert.Equal(0.32, (double?)video["properties"]!["augmentation"]!["default"]!["brightness"]);
        Assert.True(distill["properties"]!["augmentation"]!.AsObject().ContainsKey("default"));
        Assert.Null(distill["properties"]!["augmentation"]!["default"]);
    }

    [Fact]
    public void A_record_with_a_shorthand_may_be_text() =>
        Assert.Equal("""["object","string"]""", _schema["$defs"]![nameof(ExampleModel)]!["type"]!.ToJsonString());

    [Theory]
    [InlineData("200k", true)]
    [InlineData("${N}", true)]
    [InlineData("big", false)]
    public void A_number_may_be_text_that_the_loader_reads(string text, bool expected) =>
        Assert.Equal(
            expected,
            System.Text.RegularExpressions.Regex.IsMatch(text, (string)Definition(nameof(ExampleStage), "samples")["pattern"]!));

    [Fact]
    public void Descriptions_are_the_xml_comments_of_the_library()
    {
        var schema = JsonNode.Parse(ConfigSchema.Generate<PerceptionEncoder.Models.Clip.ClipOptions>())!;

        Assert.Equal("The vision tower.", (string?)schema["properties"]!["vision"]!["description"]);
        Assert.Equal(
            "Hidden width of a block's MLP over width; the product is truncated.",
            (string?)schema["$defs"]!["VisionOptions"]!["properties"]!["mlp_ratio"]!["description"]);
    }

    private static JsonNode Schema<T>()
        where T : class => JsonNode.Parse(ConfigSchema.Generate<T>())!;

    private JsonNode Definition(string record, string key) => _schema["$defs"]![record]!["properties"]![key]!;

    private IEnumerable<JsonNode> Definitions() => _schema["$defs"]!.AsObject().Select(pair => pair.Value!);

    private static IEnumerable<JsonNode> Everywhere(JsonNode node) => (node switch
    {
        JsonObject map => map.Select(pair => pair.Value),
        JsonArray list => list,
        _ => [],
    }).OfType<JsonNode>().SelectMany(Everywhere).Prepend(node);
}
