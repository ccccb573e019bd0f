using PerceptionEncoder.Configuration;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Tools.VideoEngine.State;

/// <summary>What the answers of each stage were made by.</summary>
/// <param name="path">Of the state, for messages.</param>
/// <param name="file">The state.</param>
internal sealed class StageRecords(string path, SqliteFile file)
{
    /// <summary>As tables and messages have it.</summary>
    public static string Name(EngineStage stage) => stage.ToString().ToLowerInvariant();

    /// <summary>The stage of a name.</summary>
    public static EngineStage Stage(string name) => Enum.Parse<EngineStage>(name, ignoreCase: true);

    /// <inheritdoc cref="EngineState.Settle"/>
    public void Settle(EngineStage stage, string config, string prompt, bool drops) => file.Write(() =>
    {
        if (Find(stage, config, prompt, drops))
        {
            Drop(stage);
        }

        file.Run(
            "INSERT OR REPLACE INTO stages (stage, config, prompt) VALUES ($stage, $config, $prompt)",
            ("$stage", Name(stage)),
            ("$config", config),
            ("$prompt", prompt));
    });

    /// <inheritdoc cref="EngineState.Differs"/>
    public bool Differs(EngineStage stage, string config, string prompt, bool drops)
        => file.Read(() => Find(stage, config, prompt, drops));

    private bool Find(EngineStage stage, string config, string prompt, bool drops)
    {
        var before = file.Rows(
            "SELECT config, prompt FROM stages WHERE stage = $stage",
            row => (Config: row.GetString(0), Prompt: row.GetString(1)),
            ("$stage", Name(stage)));
        if (before is not [var made] || (made.Config == config && made.Prompt == prompt))
        {
            return false;
        }

        if (!drops && Has(stage))
        {
            var keys = ConfigDifference.Between(made.Config, config).Select(difference => difference.ToString());
            keys = made.Prompt == prompt ? keys : keys.Append($"prompts: {made.Prompt} -> {prompt}");
            throw new UserErrorException($"{path}: stage {Name(stage)} was run with another config: {string.Join("; ", keys)}. "
                + "Choose another run.name, or make the stage anew with --redo.");
        }

        return true;
    }

    private bool Has(EngineStage stage)
        => (long)file.Value(
            stage == EngineStage.Write
                ? "SELECT EXISTS (SELECT 1 FROM written)"
                : "SELECT EXISTS (SELECT 1 FROM answers WHERE stage = $stage)",
            ("$stage", Name(stage)))! > 0;

    private void Drop(EngineStage stage)
    {
        if (stage == EngineStage.Write)
        {
            file.Run("DELETE FROM written");
            return;
        }

        // What they cost stays known.
        file.Run(
            "INSERT INTO dropped SELECT COUNT(*), IFNULL(SUM(input_tokens), 0), IFNULL(SUM(output_tokens), 0), IFNULL(SUM(cost), 0.0), "
                + "IFNULL(SUM(seconds), 0.0) FROM answers WHERE stage = $stage",
            ("$stage", Name(stage)));
        file.Run("DELETE FROM answers WHERE stage = $stage", ("$stage", Name(stage)));
        file.Run("DELETE FROM failures WHERE stage = $stage", ("$stage", Name(stage)));
        if (stage == EngineStage.Frames)
        {
            file.Run("UPDATE clips SET parts = NULL");
        }
    }
}
