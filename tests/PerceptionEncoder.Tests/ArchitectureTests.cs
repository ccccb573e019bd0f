namespace PerceptionEncoder.Tests;

public class ArchitectureTests
{
    [Fact]
    public void Every_source_file_keeps_to_its_floor()
    {
        var root = Path.Combine(RepositoryPaths.Root, "src");
        SourceFile[] files =
        [
            .. Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
                .Select(path => new SourceFile(Path.GetRelativePath(root, path).Replace('\\', '/'), File.ReadAllText(path)))
                .Where(file => !file.Path.Split('/').Any(folder => folder is "bin" or "obj")),
        ];

        Assert.NotEmpty(files);
        Assert.Superset(new HashSet<string> { "Pretrain", "FinetuneVideo", "Distill" }, ArchitectureRules.Recipes(files).ToHashSet());
        Assert.Equal(["ClipModel"], ArchitectureRules.NamedModels(files));
        var violations = ArchitectureRules.Violations(files);
        Assert.True(violations.Count == 0, string.Join('\n', violations));
    }

    [Theory]
    [InlineData("PerceptionEncoder/Models/A.cs", "using PerceptionEncoder.Data;")]
    [InlineData("PerceptionEncoder/Models/A.cs", "using PerceptionEncoder.Training;")]
    [InlineData("PerceptionEncoder/Losses/A.cs", "using PerceptionEncoder.Models.Vision;")]
    [InlineData("PerceptionEncoder/Training/A.cs", "using PerceptionEncoder.Objectives;")]
    [InlineData("PerceptionEncoder/Training/A.cs", "using PerceptionEncoder.Evaluation;")]
    [InlineData("PerceptionEncoder/Training/A.cs", "using PerceptionEncoder.Recipes;")]
    [InlineData("PerceptionEncoder/Recipes/A.cs", "using PerceptionEncoder.Cli;")]
    [InlineData("PerceptionEncoder/Objectives/A.cs", "using static PerceptionEncoder.Evaluation.Retrieval.RetrievalMetrics;")]
    [InlineData("PerceptionEncoder/Tensors/A.cs", "global using PerceptionEncoder.Serialization;")]
    [InlineData("PerceptionEncoder/Data/A.cs", "using Options = PerceptionEncoder.Models.Clip.ClipOptions;")]
    [InlineData("PerceptionEncoder/Media/A.cs", "var batch = new PerceptionEncoder.Data.Batch();")]
    [InlineData("PerceptionEncoder/Media/A.cs", "var batch = new global::PerceptionEncoder.Data.Batch();")]
    [InlineData("PerceptionEncoder/A.cs", "using PerceptionEncoder.Tensors;")]
    [InlineData("PerceptionEncoder/Helpers/A.cs", "")]
    [InlineData("PerceptionEncoder/Data/A.cs", "[DllImport(\"c\")] static extern int fsync(int file);")]
    [InlineData("PerceptionEncoder/Data/A.cs", "namespace PerceptionEncoder.Models;")]
    [InlineData("PerceptionEncoder/Evaluation/Probes/A.cs", "using PerceptionEncoder.Evaluation.ZeroShot;")]
    [InlineData("PerceptionEncoder/Training/A.cs", "void Train(ClipModel model)")]
    [InlineData("PerceptionEncoder.Cli/Commands/A.cs", "new ClipModel(options)")]
    [InlineData("PerceptionEncoder.Cli/Commands/A.cs", "using static TorchSharp.torch;")]
    [InlineData("PerceptionEncoder.Review/A.cs", "using static TorchSharp.torch;")]
    [InlineData("PerceptionEncoder.Review/A.cs", "using PerceptionEncoder.Cli;")]
    [InlineData("PerceptionEncoder/Tools/A.cs", "using PerceptionEncoder.Review;")]
    public void A_file_that_breaks_a_rule_is_found(string path, string text)
        => Assert.Single(ArchitectureRules.Violations([new SourceFile(path, text)]));

    [Theory]
    [InlineData(
        "PerceptionEncoder/Evaluation/A.cs",
        "using PerceptionEncoder.Data;\nusing PerceptionEncoder.Training;\nusing PerceptionEncoder.Evaluation.Probes;")]
    [InlineData("PerceptionEncoder/Models/Text/A.cs", "namespace PerceptionEncoder.Models.Text;")]
    [InlineData("PerceptionEncoder/Models/A.cs", "/// Batches come from PerceptionEncoder.Data.")]
    [InlineData("PerceptionEncoder/Tensors/A.cs", "[LibraryImport(\"LibTorchSharp\")] partial nint THSTensor_data(nint handle);")]
    [InlineData("PerceptionEncoder/Objectives/A.cs", "void Train(ClipModel model)")]
    [InlineData("PerceptionEncoder.Cli/Program.cs", "using PerceptionEncoder.Recipes;")]
    [InlineData("PerceptionEncoder.Cli/Program.cs", "using PerceptionEncoder.Review;")]
    [InlineData("PerceptionEncoder.Review/A.cs", "using PerceptionEncoder.Tools.VideoEngine.Refinement;")]
    public void A_file_that_keeps_the_rules_is_passed_over(string path, string text)
        => Assert.Empty(ArchitectureRules.Violations([new SourceFile(path, text)]));

    [Fact]
    public void A_recipe_that_names_another_recipe_is_found()
        => Assert.Single(ArchitectureRules.Violations(
        [
            new SourceFile("PerceptionEncoder/Recipes/Pretrain.cs", "class Pretrain { }"),
            new SourceFile("PerceptionEncoder/Recipes/PretrainConfig.cs", "record PretrainConfig;"),
            new SourceFile("PerceptionEncoder/Recipes/AlignLanguage.cs", "class AlignLanguage { void Run() => new Pretrain().Run(); }"),
            new SourceFile("PerceptionEncoder/Recipes/AlignLanguageConfig.cs", "record AlignLanguageConfig;"),
        ]));

    [Fact]
    public void Folders_of_a_room_that_import_each_other_are_found()
    {
        SourceFile[] files =
        [
            new("PerceptionEncoder/Data/Shards/Tar.cs", "using PerceptionEncoder.Data.Samples;\nclass Tar;"),
            new("PerceptionEncoder/Data/Samples/Caption.cs", "using PerceptionEncoder.Data.Batches;\nclass Caption;"),
            new("PerceptionEncoder/Data/Batches/Batch.cs", "/// Not of PerceptionEncoder.Data.Items.\nclass Batch;"),
        ];
        Assert.Empty(ArchitectureRules.Violations(files));
        Assert.Equal(
            3,
            ArchitectureRules.Violations(
                [.. files, new("PerceptionEncoder/Data/Batches/Memory.cs", "using PerceptionEncoder.Data.Shards;\nclass Memory;")]).Count);

        // A file sees the types of the folders above it without importing them.
        SourceFile[] nested =
        [
            new("PerceptionEncoder/Data/Order.cs", "class Order;"),
            new("PerceptionEncoder/Data/Shards/Tar.cs", "class Tar { Order order; }"),
        ];
        Assert.Empty(ArchitectureRules.Violations(nested));
        Assert.Equal(
            2,
            ArchitectureRules.Violations(
                [.. nested, new("PerceptionEncoder/Data/Draw.cs", "using PerceptionEncoder.Data.Shards;\nclass Draw;")]).Count);
    }

    [Theory]
    [InlineData(ArchitectureRules.MaximumColumns, 0)]
    [InlineData(ArchitectureRules.MaximumColumns + 1, 1)]
    public void A_long_line_is_found(int columns, int violations)
        => Assert.Equal(
            violations,
            ArchitectureRules.Violations([new SourceFile("PerceptionEncoder/Data/A.cs", new string(' ', columns))]).Count);

    [Fact]
    public void Lines_of_tests_are_no_longer_than_those_of_the_code()
    {
        var root = Path.Combine(RepositoryPaths.Root, "tests");
        var files = Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .Where(path => !path.Split('/').Any(folder => folder is "bin" or "obj")).ToArray();
        Assert.NotEmpty(files);
        Assert.Empty(files.SelectMany(path => File.ReadLines(path).Index()
            .Where(line => line.Item.Length > ArchitectureRules.MaximumColumns).Select(line => $"{path}:{line.Index + 1}")));
    }

    [Theory]
    [InlineData(ArchitectureRules.MaximumLines - 1, 0)]
    [InlineData(ArchitectureRules.MaximumLines, 1)]
    public void A_long_file_is_found(int lines, int violations)
        => Assert.Equal(
            violations,
            ArchitectureRules.Violations(
                [new SourceFile("PerceptionEncoder/Data/A.cs", string.Concat(Enumerable.Repeat("\n", lines - 1)) + "}\n")]).Count);
}
