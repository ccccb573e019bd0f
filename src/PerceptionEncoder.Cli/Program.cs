using System.CommandLine;
using PerceptionEncoder.Cli;

return MachineLimits.RefuseFewOpenFiles() ? 2 : Run(args);

static int Run(string[] args)
{
    var root = new RootCommand("Perception Encoder (arXiv 2504.13181): pretrain, evaluate, encode and measure.")
    {
        PretrainCommand.Create(),
        DistillCommand.Create(),
        AlignCommand.Create(),
        FinetuneVideoCommand.Create(),
        AblateCommand.Create(),
        EvalCommand.Create(),
        EncodeCommand.Create(),
        SearchCommand.Create(),
        SimilarityCommand.Create(),
        ClassifyCommand.Create(),
        CaptionCommand.Create(),
        AskCommand.Create(),
        ChatCommand.Create(),
        VisualizeCommand.Create(),
        SegmentCommand.Create(),
        CheckpointCommand.Create(),
        ConfigCommand.Create(),
        TokenizerCommand.Create(),
        DataCommand.Create(),
        VideoEngineCommand.Create(),
        BenchCommand.Create(),
        DoctorCommand.Create(),
        DecodeClipsCommand.Create(),
    };
    root.Options.Add(CommandRunner.Verbose);
    return CommandRunner.Run(root, args);
}
