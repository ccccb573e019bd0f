using System.CommandLine;

namespace PerceptionEncoder.Cli;

/// <summary><c>pe ask</c>: one question about some pictures or clips together.</summary>
internal static class AskCommand
{
    public static Command Create()
    {
        var files = new Argument<string[]>("FILE")
        {
            Description = "Images and clips, in the order in which they are seen; none for a question of words alone.",
            Arity = ArgumentArity.ZeroOrMore,
        };
        var question = new Option<string>("--question") { Description = "What is asked.", HelpName = "TEXT", Required = true };
        var json = CommonOptions.Json();
        var conversation = new ConversationArguments();
        var command = new Command(
            "ask",
            """
            Ask a language model one question about images and clips together; the answer appears as it is made.

            Example:
              pe ask before.jpg after.jpg --question "What has changed?" --checkpoint plm-1b
            """)
        { files, question, json };
        conversation.AddTo(command);
        command.SetAction(result =>
        {
            NativeStartup.Prepare();
            using var model = conversation.Open(result);
            var token = StopSignals.Current.Token;
            foreach (var file in result.GetValue(files) ?? [])
            {
                model.Show(file, token);
            }

            var answer = model.Ask(result.GetRequiredValue(question), Console.Write, token);
            Console.WriteLine();
            token.ThrowIfCancellationRequested();
            CommonOptions.WriteJson(
                result.GetValue(json),
                new { question = result.GetRequiredValue(question), answer = answer.Text, end = answer.End.ToString().ToLowerInvariant() });
        });
        return command;
    }
}
