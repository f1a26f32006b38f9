"""The torch core: critics, their scores, their training. No scikit-learn, no pandas."""
