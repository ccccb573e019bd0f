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
    [InlineData("PerceptionEncoder/Objectives/A.cs", "using static PerceptionEncoder.Evaluation.RetrievalMetrics;")]
    [InlineData("PerceptionEncoder/Tensors/A.cs", "global using PerceptionEncoder.Serialization;")]
    [InlineData("PerceptionEncoder/Data/A.cs", "using Options = PerceptionEncoder.Models.ClipOptions;")]
    [InlineData("PerceptionEncoder/Media/A.cs", "var batch = new PerceptionEncoder.Data.Batch();")]
    [InlineData("PerceptionEncoder/Media/A.cs", "var batch = new global::PerceptionEncoder.Data.Batch();")]
    [InlineData("PerceptionEncoder/A.cs", "using PerceptionEncoder.Tensors;")]
    [InlineData("PerceptionEncoder/Helpers/A.cs", "")]
    [InlineData("PerceptionEncoder/Data/A.cs", "[DllImport(\"c\")] static extern int fsync(int file);")]
    [InlineData("PerceptionEncoder/Data/A.cs", "namespace PerceptionEncoder.Models;")]
    [InlineData("PerceptionEncoder.Cli/Commands/A.cs", "using static TorchSharp.torch;")]
    public void A_file_that_breaks_a_rule_is_found(string path, string text)
        => Assert.Single(ArchitectureRules.Violations([new SourceFile(path, text)]));

    [Theory]
    [InlineData("PerceptionEncoder/Evaluation/A.cs", "using PerceptionEncoder.Data;\nusing PerceptionEncoder.Training;\nusing PerceptionEncoder.Evaluation.Probes;")]
    [InlineData("PerceptionEncoder/Models/Text/A.cs", "namespace PerceptionEncoder.Models.Text;")]
    [InlineData("PerceptionEncoder/Models/A.cs", "/// Batches come from PerceptionEncoder.Data.")]
    [InlineData("PerceptionEncoder/Tensors/A.cs", "[LibraryImport(\"LibTorchSharp\")] partial nint THSTensor_data(nint handle);")]
    [InlineData("PerceptionEncoder.Cli/Program.cs", "using PerceptionEncoder.Recipes;")]
    public void A_file_that_keeps_the_rules_is_passed_over(string path, string text)
        => Assert.Empty(ArchitectureRules.Violations([new SourceFile(path, text)]));

    [Fact]
    public void A_recipe_that_names_another_recipe_is_found()
        => Assert.Single(ArchitectureRules.Violations(
        [
            new SourceFile("PerceptionEncoder/Recipes/PretrainRecipe.cs", "class PretrainRecipe { }"),
            new SourceFile("PerceptionEncoder/Recipes/AlignRecipe.cs", "class AlignRecipe { void Run() => PretrainRecipe.Run(); }"),
        ]));

    [Theory]
    [InlineData(ArchitectureRules.MaximumLines - 1, 0)]
    [InlineData(ArchitectureRules.MaximumLines, 1)]
    public void A_long_file_is_found(int lines, int violations)
        => Assert.Equal(violations, ArchitectureRules.Violations([new SourceFile("PerceptionEncoder/Data/A.cs", string.Concat(Enumerable.Repeat("\n", lines - 1)) + "}\n")]).Count);
}
