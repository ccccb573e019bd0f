using System.CommandLine;
using System.Text.Json;
using PerceptionEncoder.Serialization;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe caption</c>: what a language model says of each picture or clip.</summary>
internal static class CaptionCommand
{
    private static readonly JsonSerializerOptions Line = new()
    {
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    public static Command Create()
    {
        var inputs = new Argument<string[]>("FILE")
        {
            Description = "Images, clips, and folders of them.",
            Arity = ArgumentArity.OneOrMore,
        };
        var question = new Option<string>("--prompt")
        {
            Description = "What is asked of each.",
            HelpName = "TEXT",
            DefaultValueFactory = _ => "Describe the image in one sentence.",
        };
        var batch = new Option<int>("--batch")
        {
            Description = "Files that go through the model together; answers are the same as alone.",
            HelpName = "N",
            DefaultValueFactory = _ => 8,
        };
        var output = new Option<string?>("--output") { Description = "Write JSON lines of file and caption here.", HelpName = "FILE" };
        var conversation = new ConversationArguments();
        var command = new Command(
            "caption",
            """
            Describe each image or clip in words.

            Example:
              pe caption photos --checkpoint plm-1b --precision bf16 --output captions.jsonl
            """)
        { inputs, question, batch, output };
        conversation.AddTo(command);
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            var size = result.GetValue(batch) is > 0 and var given ? given
                : throw new UserErrorException($"--batch {result.GetValue(batch)}: must be at least 1.");
            using var model = conversation.Open(result);
            var lines = new List<string>();
            var failures = 0;
            model.AskOfEach(
                result.GetRequiredValue(inputs),
                result.GetRequiredValue(question),
                size,
                (file, answer) =>
                {
                    Console.WriteLine($"{file}\t{answer.Text.ReplaceLineEndings(" ").Trim()}");
                    lines.Add(JsonSerializer.Serialize(new { file, caption = answer.Text }, Line));
                },
                failure =>
                {
                    Console.Error.WriteLine($"pe: {failure}");
                    failures++;
                },
                StopSignals.Current.Token);
            if (result.GetValue(output) is { } path)
            {
                AtomicFile.WriteAllText(path, string.Concat(lines.Select(line => line + "\n")));
            }

            if (failures > 0)
            {
                throw new UserErrorException($"{failures} of {failures + lines.Count} files could not be read; the others are captioned.");
            }
        });
        return command;
    }
}
