using PerceptionEncoder.Models;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Objectives;
using PerceptionEncoder.Optimization;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using TorchSharp;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tools.Doctor;

/// <summary>Whether a run that is resumed from a checkpoint comes to the weights of one that was never interrupted.</summary>
internal static class ResumeCheck
{
    private const int Side = 32;
    private const int Pairs = 8;
    private const int SavedAfter = 3;
    private const int KilledAfter = 5;
    private const int End = 8;
    private const double Rate = 1e-2;

    /// <summary>Devices whose sums have no fixed order come to nearly the same only.</summary>
    private const double UnorderedLimit = 1e-3;

    /// <summary>With DropPath, patch dropout and moments.</summary>
    public static MachineCheck Checkpoint(Device device) => Checkpoint(device, CheckpointStore.LoadInto);

    /// <param name="device">Where the model is.</param>
    /// <param name="load">Brings back what a checkpoint holds beside the weights.</param>
    public static MachineCheck Checkpoint(Device device, Action<Trainee, CheckpointFolder> load) => MachineCheck.AtMost(
        device.type == DeviceType.CPU ? 0 : UnorderedLimit,
        "weights of an interrupted and resumed run, against one without a break",
        "A resumed run gives other numbers than one without a break: check that the disk of the temporary folder (TMPDIR) is sound, and "
            + "report it.",
        () =>
        {
            var folder = Directory.CreateTempSubdirectory("pe-doctor-").FullName;
            try
            {
                var store = new CheckpointStore(folder, new CheckpointOptions());
                using var whole = Start(device);
                Train(whole, device, 0, End, null);

                using (var killed = Start(device))
                {
                    Train(killed, device, 0, KilledAfter, store);
                }

                using var resumed = Start(device);
                var last = store.Latest()!;
                using (var weights = ModelWeights.Open(last.Model))
                {
                    weights.LoadInto(resumed.Objective.Model, Architecture);
                }

                load(resumed, last);
                Train(resumed, device, last.Step, End, null);
                return Closeness.Relative(Weights(whole), Weights(resumed));
            }
            finally
            {
                Directory.Delete(folder, recursive: true);
            }
        });

    private static ClipArchitecture Architecture => new(PracticePairs.Model(Side, dropPath: 0.3, patchDropout: 0.3));

    private static Trainee Start(Device device)
    {
        Randomness.Seed(device, 1);
        var model = PracticePairs.Model(Side, dropPath: 0.3, patchDropout: 0.3).Build();
        model.to(device);
        return new Trainee(
            new ContrastiveObjective(model, maxLogitScale: 100),
            new OptimizerOptions().Create(model.named_parameters()),
            Average: null)
        {
            Metadata = Architecture.Metadata,
        };
    }

    private static void Train(Trainee trainee, Device device, long from, long to, CheckpointStore? store)
    {
        using var pairs = new PracticePairs(Side, Pairs / 2, Pairs / 2);
        for (var step = from; step < to; step++)
        {
            using var scope = NewDisposeScope();
            trainee.Optimizer.ZeroGradients();
            trainee.Objective.Accumulate(MicroBatches.Of(pairs.All), new StepContext(step, 100 * (step + 1), device, Precision.Fp32));
            trainee.Optimizer.Step(Rate);
            trainee.Objective.AfterUpdate();
            if (step + 1 == SavedAfter)
            {
                store?.Save(new TrainingState { Step = step + 1 }, trainee);
            }
        }
    }

    private static Dictionary<string, Tensor> Weights(Trainee trainee)
        => trainee.Objective.Model.state_dict().ToDictionary(entry => entry.Key, entry => entry.Value);
}
