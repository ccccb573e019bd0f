using PerceptionEncoder.Configuration;

namespace PerceptionEncoder.Tools.VideoEngine.State;

/// <summary>What the answers of each stage were made by.</summary>
/// <param name="path">Of the state, for messages.</param>
/// <param name="file">The state.</param>
internal sealed class StageRecords(string path, StateFile file)
{
    /// <summary>As tables and messages have it.</summary>
    public static string Name(EngineStage stage) => stage.ToString().ToLowerInvariant();

    /// <inheritdoc cref="EngineState.Settle"/>
    public void Settle(EngineStage stage, string config, string prompt, bool drops)
    {
        var before = file.First(
            row => (Config: row.GetString(0), Prompt: row.GetString(1)),
            "SELECT config, prompt FROM stages WHERE stage = $0",
            Name(stage));
        var differs = before.Config is not null && (before.Config != config || before.Prompt != prompt);
        if (differs && !drops && Has(stage))
        {
            var keys = ConfigDifference.Between(before.Config!, config).Select(difference => difference.ToString());
            keys = before.Prompt == prompt ? keys : keys.Append($"prompts: {before.Prompt} -> {prompt}");
            throw new UserErrorException($"{path}: stage {Name(stage)} was run with another config: {string.Join("; ", keys)}. "
                + "Choose another run.name, or make the stage anew with --redo.");
        }

        file.Change(() =>
        {
            if (differs)
            {
                Drop(stage);
            }

            file.Execute(
                "INSERT OR REPLACE INTO stages (stage, config, prompt) VALUES ($0, $1, $2)",
                Name(stage),
                config,
                prompt);
        });
    }

    private bool Has(EngineStage stage)
    {
        var found = stage == EngineStage.Write
            ? file.Query(row => row.GetInt64(0), "SELECT EXISTS (SELECT 1 FROM written)")
            : file.Query(row => row.GetInt64(0), "SELECT EXISTS (SELECT 1 FROM answers WHERE stage = $0)", Name(stage));
        return found[0] > 0;
    }

    private void Drop(EngineStage stage)
    {
        if (stage == EngineStage.Write)
        {
            file.Execute("DELETE FROM written");
            return;
        }

        // What they cost stays known.
        file.Execute(
            "INSERT INTO dropped SELECT COUNT(*), IFNULL(SUM(input_tokens), 0), IFNULL(SUM(output_tokens), 0), IFNULL(SUM(cost), 0.0), "
                + "IFNULL(SUM(seconds), 0.0) FROM answers WHERE stage = $0",
            Name(stage));
        file.Execute("DELETE FROM answers WHERE stage = $0", Name(stage));
        file.Execute("DELETE FROM failures WHERE stage = $0", Name(stage));
        if (stage == EngineStage.Frames)
        {
            file.Execute("UPDATE clips SET parts = NULL");
        }
    }
}
