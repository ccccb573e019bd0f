using System.Globalization;
using System.Text.Json;
using PerceptionEncoder.Evaluation.Dense.Heads;
using PerceptionEncoder.Evaluation.Dense.Segmentation;
using PerceptionEncoder.Serialization.Weights;
using static TorchSharp.torch;

namespace PerceptionEncoder.Tests.Golden;

/// <summary>Recorded from DINOv3's segmentation evaluation, which computes in float32.</summary>
public class SegmentationGoldenTests
{
    private const double Tolerance = 2e-5;

    public static TheoryData<string> Cases { get; } = GoldenFolder.Cases("segmentation_metrics*.json");

    public static TheoryData<string> Tensors { get; } = GoldenFolder.Cases("segmentation_metrics*.safetensors");

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Classes_and_their_means_score_as_published(string name)
    {
        using var file = OpenTensors(name);
        using var scope = NewDisposeScope();
        Assert.All(Open(name).GetProperty("sets").EnumerateObject(), set =>
        {
            var (classes, unlabelled) = (set.Value.GetProperty("classes").GetInt32(), set.Value.GetProperty("ignore_index").GetInt32());
            var map = set.Value.GetProperty("reduce_zero_label").GetBoolean()
                ? SegmentationLabels.ReduceZero(unlabelled)
                : SegmentationLabels.Same;
            var metrics = new SegmentationMetrics(classes, unlabelled);
            for (var image = 0; file.Entries.ContainsKey($"{set.Name}/in/label{image}"); image++)
            {
                var label = file.Read($"{set.Name}/in/label{image}");
                metrics.Add(
                    file.Read($"{set.Name}/in/prediction{image}").to(int64),
                    new SegmentationMask((int)label.shape[0], (int)label.shape[1], [.. label.data<byte>().Select(value => map[value])]));
            }

            Assert.Equal(
                set.Value.GetProperty("total_intersection_union_prediction_label")[0].EnumerateArray().Select(hits => hits.GetInt64()),
                metrics.Hits);
            var (summary, computed) = (set.Value.GetProperty("summary"), metrics.Compute());
            Assert.Equal(summary.GetProperty("mIoU").GetDouble(), computed["miou"], 1e-6);
            Assert.Equal(summary.GetProperty("aAcc").GetDouble(), computed["aacc"], 1e-6);
            Assert.Equal(summary.GetProperty("acc").GetDouble(), computed["macc"], 1e-6);
            Near(set.Value.GetProperty("per_class_iou"), metrics.Ious());
            Near(set.Value.GetProperty("per_class_acc"), metrics.Accuracies());
        });
    }

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Labels_that_begin_at_one_are_mapped_as_published(string name)
        => Assert.All(Open(name).GetProperty("reduce_zero_label_map").EnumerateObject(), recorded =>
        {
            var map = SegmentationLabels.ReduceZero(int.Parse(recorded.Name["ignore".Length..], CultureInfo.InvariantCulture));
            Assert.All(
                recorded.Value.EnumerateObject(),
                label => Assert.Equal(label.Value.GetInt32(), map[int.Parse(label.Name, CultureInfo.InvariantCulture)]));
        });

    [SkippableTheory]
    [MemberData(nameof(Cases))]
    public void Windows_lie_and_are_averaged_as_published(string name)
    {
        using var file = OpenTensors(name);
        using var scope = NewDisposeScope();
        Assert.All(Open(name).GetProperty("sliding").EnumerateArray().Index(), recorded =>
        {
            var (slide, image) = (recorded.Item, file.Read($"slide{recorded.Index}/in/image"));
            var (height, width) = (slide.GetProperty("height").GetInt32(), slide.GetProperty("width").GetInt32());
            var windows = SlidingWindows.Of(
                height,
                width,
                slide.GetProperty("crop").GetInt32(),
                slide.GetProperty("stride").GetInt32());
            Assert.Equal(slide.GetProperty("windows").GetInt32(), windows.Count);
            Assert.All(
                slide.GetProperty("window_sizes").EnumerateArray().Zip(windows),
                size => Assert.Equal((size.First[0].GetInt32(), size.First[1].GetInt32()), (size.Second.Height, size.Second.Width)));

            // The recorded stand-in for a model: what is left of the window without its mean, and where two of its channels are highest.
            var average = SlidingWindows.Average(height, width, windows, window =>
            {
                var part = image.narrow(2, window.Top, window.Height).narrow(3, window.Left, window.Width);
                var highest = part.amax([2, 3], keepdim: true).narrow(1, 0, 2).expand(-1, -1, window.Height, window.Width);
                return cat([part - part.mean([2, 3], keepdim: true), highest], 1);
            });
            Near(file, $"slide{recorded.Index}/out/average", average);
            var flipped = slide.GetProperty("flip").GetBoolean() ? average.flip(-1) : average;
            var size = slide.GetProperty("rescale_to");
            Near(
                file,
                $"slide{recorded.Index}/out/softmax",
                TokenMaps.Resize(flipped, [size[0].GetInt64(), size[1].GetInt64()]).softmax(1));
        });
    }

    [SkippableTheory]
    [MemberData(nameof(Tensors))]
    public void Linear_heads_answer_as_published(string name)
    {
        using var file = GoldenFolder.Open(name);
        using var scope = NewDisposeScope();
        Assert.All(GoldenFolder.Config(file).GetProperty("heads").EnumerateObject(), recorded =>
        {
            var head = RecordedDenseHead.Linear(file, recorded.Name, "conv");
            head.eval();
            var logits = head.call(RecordedDenseHead.Features(file, recorded.Name, recorded.Value.GetProperty("class_token").GetBoolean()));
            Near(file, $"{recorded.Name}/out/logits", logits);
            foreach (var resized in file.Entries.Keys.Where(
                key => key.StartsWith($"{recorded.Name}/out/predict_", StringComparison.Ordinal)))
            {
                Near(file, resized, TokenMaps.Resize(logits, [.. file.Entries[resized].Shape.Skip(2)]));
            }
        });
    }

    [SkippableTheory]
    [MemberData(nameof(Tensors))]
    public void A_step_of_training_leaves_the_recorded_statistics(string name)
    {
        using var file = GoldenFolder.Open(name);
        using var scope = NewDisposeScope();
        foreach (var head in file.Entries.Keys.Where(key => key.EndsWith("/out/running_mean", StringComparison.Ordinal)))
        {
            var prefix = head[..head.IndexOf('/', StringComparison.Ordinal)];
            var trained = RecordedDenseHead.Linear(file, prefix, "conv");
            trained.train();
            Near(file, $"{prefix}/out/logits", trained.call(RecordedDenseHead.Features(file, prefix, classToken: false)));
            var state = trained.state_dict();
            Near(file, $"{prefix}/out/running_mean", state["batchnorm_layer.running_mean"]);
            Near(file, $"{prefix}/out/running_var", state["batchnorm_layer.running_var"]);
        }
    }

    [SkippableTheory]
    [MemberData(nameof(Tensors))]
    public void The_loss_is_divided_by_all_pixels_as_published(string name)
    {
        const int unlabelled = 255;
        using var file = GoldenFolder.Open(name);
        using var scope = NewDisposeScope();
        var logits = file.Read("loss/in/logits").requires_grad_();
        var loss = PixelCrossEntropy.Of(logits, file.Read("loss/in/label"), unlabelled);
        Near(file, "loss/out/cross_entropy", loss);
        loss.backward();
        Near(file, "loss/grad/cross_entropy", logits.grad!);
    }

    private static void Near(SafetensorsFile file, string name, Tensor actual)
    {
        var difference = GoldenFolder.MaxDifference(file.Read(name), actual);
        Assert.True(difference <= Tolerance, $"{name} differs by {difference:E2}");
    }

    private static void Near(JsonElement recorded, double?[] computed)
    {
        Assert.Equal(recorded.GetArrayLength(), computed.Length);
        Assert.All(recorded.EnumerateArray().Zip(computed), pair =>
        {
            if (pair.First.ValueKind == JsonValueKind.Null)
            {
                Assert.Null(pair.Second);
            }
            else
            {
                Assert.Equal(pair.First.GetDouble(), pair.Second!.Value, 1e-6);
            }
        });
    }

    private static SafetensorsFile OpenTensors(string name)
        => GoldenFolder.Open(name == GoldenFolder.Absent ? name : Path.ChangeExtension(name, ".safetensors"));

    private static JsonElement Open(string name)
    {
        GoldenFolder.SkipIfAbsent(name);
        return JsonDocument.Parse(File.ReadAllText(Path.Combine(GoldenFolder.Path, name))).RootElement;
    }
}
