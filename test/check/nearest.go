package check

import "strings"

// nearest returns the candidate that a key is most likely a misspelling of, or nothing if none is near: in at most a
// third of its letters, without regard to case.
func nearest(key string, candidates []string) string {
	best, fewest := "", max(1, len(key)/3)+1
	for _, candidate := range candidates {
		if d := distance(strings.ToLower(key), strings.ToLower(candidate)); d < fewest {
			best, fewest = candidate, d
		}
	}
	if best != "" {
		return best
	}
	// `pullSecrets` for `imagePullSecrets`.
	for _, candidate := range candidates {
		if len(key) >= 5 && strings.HasSuffix(strings.ToLower(candidate), strings.ToLower(key)) {
			return candidate
		}
	}
	return ""
}

// distance is the number of letters to insert, remove, replace or swap with the next to make a into b.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			change := 1
			if a[i-1] == b[j-1] {
				change = 0
			}
			rows[i][j] = min(rows[i-1][j]+1, rows[i][j-1]+1, rows[i-1][j-1]+change)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}

func list(words []string) string { return strings.Join(words, ", ") }
