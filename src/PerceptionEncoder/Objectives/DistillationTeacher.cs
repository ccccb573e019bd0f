using System.Security.Cryptography;
using PerceptionEncoder.Data.Samples;
using PerceptionEncoder.Models.Clip;
using PerceptionEncoder.Serialization.Features;
using PerceptionEncoder.Tensors;
using PerceptionEncoder.Training;
using static TorchSharp.torch;

namespace PerceptionEncoder.Objectives;

// b pairs of a micro-batch · E the teacher's clip dimension
/// <summary>A frozen model that is learned from. With a cache, pairs it has seen before, to the pixel, are not encoded again.</summary>
/// <param name="model">On the device of the training, and disposed by the caller.</param>
/// <param name="cache">Rows of 2 E numbers, image before text; null for none.</param>
public sealed class DistillationTeacher(ClipModel model, FeatureCache? cache)
{
    private long asked;
    private long found;

    /// <summary>Share of the pairs so far that came from the cache.</summary>
    public double CachedShare => asked == 0 ? 0 : (double)found / asked;

    /// <summary>Features of both sides; no gradients.</summary>
    /// <param name="batch">Images of the teacher's input size or larger, captions of its context or longer.</param>
    /// <param name="context">Device and precision.</param>
    /// <returns>float32 [b, E] each, at unit length, in the caller's dispose scope.</returns>
    internal EncodedPairs Encode(ImageTextBatch batch, StepContext context)
    {
        using var scope = NewDisposeScope();
        using var noGradient = no_grad();
        asked += batch.Size;
        if (cache is null)
        {
            var (image, text) = Encode(batch.Images, batch.Tokens, context);
            return new EncodedPairs(image.MoveToOuterDisposeScope(), text.MoveToOuterDisposeScope());
        }

        var keys = Keys(batch);
        var rows = new float[batch.Size][];
        var missing = Enumerable.Range(0, batch.Size).Where(i => !cache.TryRead(keys[i], out rows[i])).ToArray();
        found += batch.Size - missing.Length;
        if (missing.Length > 0)
        {
            using var index = tensor(Array.ConvertAll(missing, i => (long)i));
            var (image, text) = Encode(batch.Images.index_select(0, index), batch.Tokens.index_select(0, index), context);
            var encoded = cat([image, text], 1).cpu().data<float>().ToArray();
            foreach (var (row, i) in missing.Index())
            {
                rows[i] = encoded.AsSpan(row * cache.Width, cache.Width).ToArray();
                cache.Add(keys[i], rows[i]);
            }
        }

        var all = tensor(rows.SelectMany(row => row).ToArray()).view(batch.Size, 2, -1).SendTo(context.Device);
        return new EncodedPairs(all.select(1, 0).MoveToOuterDisposeScope(), all.select(1, 1).MoveToOuterDisposeScope());
    }

    private (Tensor Image, Tensor Text) Encode(Tensor images, Tensor tokens, StepContext context)
    {
        using var autocast = context.Precision.Enter(context.Device);
        var pixels = ImageResize.To(images.SendTo(context.Device), model.Options.Vision.ImageSize);
        var captions = CaptionLength.CutTo(tokens.SendTo(context.Device), model.Options.Text);
        return (
            model.EncodeImage(Pixels.Normalize(pixels), normalize: true).to(float32),
            model.EncodeText(captions, normalize: true).to(float32));
    }

    /// <summary>
    /// A hash of what the teacher is given, so that neither a change of augmentation nor two samples of one name can mix features up.
    /// </summary>
    private static UInt128[] Keys(ImageTextBatch batch)
    {
        var (images, tokens) = (batch.Images.data<byte>().ToArray(), batch.Tokens.data<long>().ToArray());
        var (pixels, length) = (images.Length / batch.Size, tokens.Length / batch.Size);
        return [.. Enumerable.Range(0, batch.Size).AsParallel().AsOrdered().Select(i =>
        {
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            hash.AppendData(images.AsSpan(i * pixels, pixels));
            hash.AppendData(System.Runtime.InteropServices.MemoryMarshal.AsBytes(tokens.AsSpan(i * length, length)));
            return System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(hash.GetHashAndReset());
        })];
    }
}
