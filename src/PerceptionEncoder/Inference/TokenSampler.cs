namespace PerceptionEncoder.Inference;

/// <summary>
/// Chooses a token by its scores, as published for PLM: top-p wins over top-k, and top-k keeps all that tie with its last.
/// </summary>
internal static class TokenSampler
{
    /// <summary>The likeliest token, the first of several.</summary>
    public static int Best(ReadOnlySpan<float> logits)
    {
        var best = 0;
        for (var i = 1; i < logits.Length; i++)
        {
            if (logits[i] > logits[best] || float.IsNaN(logits[best]))
            {
                best = i;
            }
        }

        return best;
    }

    /// <summary>Draws a token.</summary>
    /// <param name="logits">Scores of the vocabulary.</param>
    /// <param name="options">With a temperature above 0.</param>
    /// <param name="draw">In [0, 1).</param>
    public static int Draw(ReadOnlySpan<float> logits, GenerationOptions options, double draw)
    {
        var probabilities = Probabilities(logits, options);
        var (mass, last) = (0.0, 0);
        for (var i = 0; i < probabilities.Length; i++)
        {
            if (probabilities[i] == 0)
            {
                continue;
            }

            (mass, last) = (mass + probabilities[i], i);
            if (mass > draw)
            {
                break;
            }
        }

        return last;
    }

    /// <summary>What is drawn by: after temperature and top-p or top-k, with sum 1.</summary>
    public static double[] Probabilities(ReadOnlySpan<float> logits, GenerationOptions options)
    {
        var probabilities = Softmax(logits, options.Temperature);
        if (options.TopP is { } p)
        {
            KeepMass(probabilities, p);
        }
        else if (options.TopK is { } count && count < probabilities.Length)
        {
            KeepLikeliest(probabilities, count);
        }
        else
        {
            return probabilities;
        }

        var sum = probabilities.Sum();
        for (var i = 0; i < probabilities.Length; i++)
        {
            probabilities[i] /= sum;
        }

        return probabilities;
    }

    /// <summary>Natural logarithm of a token's probability.</summary>
    public static double LogProbability(ReadOnlySpan<float> logits, int token)
    {
        var (largest, sum) = (Largest(logits), 0.0);
        foreach (var logit in logits)
        {
            sum += Math.Exp(logit - largest);
        }

        return logits[token] - largest - Math.Log(sum);
    }

    /// <summary>Makes tokens that are there already less likely.</summary>
    public static void Penalize(Span<float> logits, IEnumerable<int> seen, double penalty)
    {
        foreach (var token in seen)
        {
            if (token >= logits.Length)
            {
                continue;                                       // a picture's place
            }

            logits[token] = (float)(logits[token] > 0 ? logits[token] / penalty : logits[token] * penalty);
        }
    }

    private static double[] Softmax(ReadOnlySpan<float> logits, double temperature)
    {
        var probabilities = new double[logits.Length];
        var (largest, sum) = (Largest(logits), 0.0);
        for (var i = 0; i < logits.Length; i++)
        {
            sum += probabilities[i] = Math.Exp((logits[i] - largest) / temperature);
        }

        for (var i = 0; i < probabilities.Length; i++)
        {
            probabilities[i] /= sum;
        }

        return probabilities;
    }

    private static double Largest(ReadOnlySpan<float> logits)
    {
        var largest = float.NegativeInfinity;
        foreach (var logit in logits)
        {
            largest = Math.Max(largest, logit);
        }

        return largest;
    }

    /// <summary>A token stays while the mass of all likelier ones is at most p; the likeliest always does.</summary>
    private static void KeepMass(double[] probabilities, double p)
    {
        // All tokens below this have together less than 1 - p, so that before each of them more than p stands: only the others are sorted.
        var least = (1 - p) / probabilities.Length;
        var candidates = probabilities.Index().Where(entry => entry.Item >= least).OrderByDescending(entry => entry.Item).ToArray();
        Array.Clear(probabilities);
        var before = 0.0;
        foreach (var (token, probability) in candidates)
        {
            if (before > p)
            {
                break;
            }

            probabilities[token] = probability;
            before += probability;
        }
    }

    private static void KeepLikeliest(double[] probabilities, int count)
    {
        var queue = new PriorityQueue<double, double>(count);
        foreach (var probability in probabilities)
        {
            if (queue.Count < count)
            {
                queue.Enqueue(probability, probability);
            }
            else if (probability > queue.Peek())
            {
                queue.DequeueEnqueue(probability, probability);
            }
        }

        var least = queue.Peek();
        for (var i = 0; i < probabilities.Length; i++)
        {
            probabilities[i] = probabilities[i] < least ? 0 : probabilities[i];
        }
    }
}
